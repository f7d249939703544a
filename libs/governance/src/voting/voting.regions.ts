import { defineRegions, region } from 'nuthatch';
import type {
  Participation,
  Question,
  QuestionAnalytics,
  QuestionFilter,
  QuestionPage,
  QuestionResults,
  Trend,
  Vote,
} from './voting.types.js';

/** Condemns every list of questions. */
export const QUESTION_LISTS = 'voting:question-lists';

/** Condemns what counts the votes on one question, of every question. */
export const WITHIN_QUESTIONS = 'voting:within-questions';

/** Condemns what counts votes across questions: of members, and of communities. */
export const ACROSS_QUESTIONS = 'voting:across-questions';

/** Condemns everything of one question. */
export function questionTag(questionId: number): string {
  return `voting:question:${questionId}`;
}

/** Whatever follows from votes: no instance may answer with what was before an acknowledged vote, not even for a message's length. */
const FOLLOWS_VOTES = { ttl: '10m', strict: true } as const;
const ofQuestion = (questionId: number) => [questionTag(questionId)];
const counted = (questionId: number) => [questionTag(questionId), WITHIN_QUESTIONS];

/** How long each value of a voting is fresh, and what condemns it. */
export const voting = defineRegions('voting', {
  question: region<[id: number], Question>({ ttl: '1h', tags: ofQuestion }),
  questionList: region<[filter: QuestionFilter], QuestionPage>({ ttl: '5m', tags: [QUESTION_LISTS] }),
  vote: region<[questionId: number, memberId: number], Vote>({ ...FOLLOWS_VOTES, tags: ofQuestion }),
  results: region<[questionId: number], QuestionResults>({ ...FOLLOWS_VOTES, tags: counted }),
  analytics: region<[questionId: number], QuestionAnalytics>({ ...FOLLOWS_VOTES, tags: counted }),
  memberParticipation: region<[memberId: number], Participation>({
    ...FOLLOWS_VOTES,
    tags: [ACROSS_QUESTIONS],
  }),
  communityParticipation: region<[communityId: string], Participation>({
    ...FOLLOWS_VOTES,
    tags: [ACROSS_QUESTIONS],
  }),
  trending: region<[communityId: string], readonly Trend[]>({ ...FOLLOWS_VOTES, tags: [ACROSS_QUESTIONS] }),
});
