import { Injectable } from '@nestjs/common';
import { CacheEvict, StrategyOf } from 'nuthatch';
import type { InvalidationOutcome } from 'nuthatch';
import { together } from './together.js';
import { QUESTION_LISTS, questionTag, voting } from './voting.regions.js';
import type { Ballot } from './voting.types.js';

type Work<T> = () => Promise<T>;

const byQuestion = ({ questionId }: Ballot) => [questionId] as const;
const byCommunity = ({ communityId }: Ballot) => [communityId] as const;
const byMember = ({ memberId }: Ballot) => [memberId] as const;

/** The cache of a voting: questions, votes, and whatever follows from votes. */
@Injectable()
export class VotingStrategy extends StrategyOf(voting) {
  /**
   * Runs `work`, which writes a vote to the database, with everything barred that follows from it: what is read meanwhile is
   * not kept, and when this resolves every instance reads the database anew. A process that dies in between leaves nothing stale.
   */
  cast<T>(ballot: Ballot, work: Work<T>): Promise<T> {
    return this.castAll([ballot], work);
  }

  /** The same for several votes that are written together, in one transaction. */
  castAll<T>(ballots: readonly Ballot[], work: Work<T>): Promise<T> {
    const questions = new Map(ballots.map((ballot) => [ballot.questionId, ballot]));
    const bars = [
      ...[...questions.values()].map((ballot) => (inside: Work<T>) => this.barQuestion(ballot, inside)),
      ...ballots.map((ballot) => (inside: Work<T>) => this.barMember(ballot, inside)),
    ];
    return together(bars, work);
  }

  /** A question was put, changed or withdrawn: it is forgotten, and every list of questions. */
  questionChanged(questionId: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(questionTag(questionId), QUESTION_LISTS);
  }

  @CacheEvict({ region: voting.results, key: byQuestion, strict: true })
  @CacheEvict({ region: voting.analytics, key: byQuestion, strict: true })
  @CacheEvict({ region: voting.communityParticipation, key: byCommunity, strict: true })
  @CacheEvict({ region: voting.trending, key: byCommunity, strict: true })
  private barQuestion<T>(_ballot: Ballot, work: Work<T>): Promise<T> {
    return work();
  }

  @CacheEvict({
    region: voting.vote,
    key: ({ questionId, memberId }: Ballot) => [questionId, memberId],
    strict: true,
  })
  @CacheEvict({ region: voting.memberParticipation, key: byMember, strict: true })
  private barMember<T>(_ballot: Ballot, work: Work<T>): Promise<T> {
    return work();
  }
}
