import { counters, defineRegions, ranking, region } from 'nuthatch';
import type { Question, QuestionFilter, QuestionPage, Vote } from './voting.types.js';

/** Condemns every list of questions. */
export const QUESTION_LISTS = 'voting:question-lists';

/** Condemns a question. */
export function questionTag(questionId: number): string {
  return `voting:question:${questionId}`;
}

/** After how long a vote weighs half as much in the trending questions. */
export const TRENDING_HALF_LIFE_MS = 86_400_000;

/**
 * What is kept of a voting: how long a value is fresh, when what is counted is counted anew, and what condemns it.
 * Whatever follows from votes is asked of Redis by each read: no instance may answer with what was before an acknowledged vote,
 * not even for as long as a message takes.
 */
export const voting = defineRegions('voting', {
  question: region<[id: number], Question>({ ttl: '1h', tags: (id) => [questionTag(id)] }),
  questionList: region<[filter: QuestionFilter], QuestionPage>({ ttl: '5m', tags: [QUESTION_LISTS] }),
  vote: region<[questionId: number, memberId: number], Vote>({ ttl: '10m', strict: true }),
  /** By position, party and state: see `tally.ts`. */
  tally: counters<[questionId: number]>({ ttl: '1h' }),
  /** By position. */
  memberTally: counters<[memberId: number]>({ ttl: '1h' }),
  /** By position. */
  communityTally: counters<[communityId: string]>({ ttl: '1h' }),
  /** Questions by their votes. */
  trending: ranking<[communityId: string]>({ ttl: '6h', halfLife: TRENDING_HALF_LIFE_MS }),
});
