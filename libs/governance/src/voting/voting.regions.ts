import { defineRegions, region } from 'nuthatch';
import type {
  CommunityParticipation,
  MemberParticipation,
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

/** Condemns a question. */
export function questionTag(questionId: number): string {
  return `voting:question:${questionId}`;
}

/** Whatever follows from votes: no instance may answer with what was before an acknowledged vote, not even for a message's length. */
const FOLLOWS_VOTES = { ttl: '10m', strict: true } as const;

/** How long each value of a voting is fresh, and what condemns it. */
export const voting = defineRegions('voting', {
  question: region<[id: number], Question>({ ttl: '1h', tags: (id) => [questionTag(id)] }),
  questionList: region<[filter: QuestionFilter], QuestionPage>({ ttl: '5m', tags: [QUESTION_LISTS] }),
  vote: region<[questionId: number, memberId: number], Vote>(FOLLOWS_VOTES),
  results: region<[questionId: number], QuestionResults>(FOLLOWS_VOTES),
  analytics: region<[questionId: number], QuestionAnalytics>(FOLLOWS_VOTES),
  memberParticipation: region<[memberId: number], MemberParticipation>(FOLLOWS_VOTES),
  communityParticipation: region<[communityId: string], CommunityParticipation>(FOLLOWS_VOTES),
  trending: region<[communityId: string], readonly Trend[]>(FOLLOWS_VOTES),
});
