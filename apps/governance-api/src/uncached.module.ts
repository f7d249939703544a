import { Global, Injectable, Module } from '@nestjs/common';
import { TRENDING_HALF_LIFE_MS, VotingStrategy } from '@nuthatch/governance';
import type { Ballot, KeptVote, Score, Tally, Totals } from '@nuthatch/governance';
import type { Contribution } from 'nuthatch';

type Work<T> = () => Promise<T>;

/** A voting of which nothing is kept: each read counts in the database. */
@Injectable()
class UncachedVoting extends VotingStrategy {
  override talliesOf(_questionId: number, count: Work<readonly Tally[]>): Promise<readonly Tally[]> {
    return count();
  }

  override totalsOfMember(_memberId: number, count: Work<Totals>): Promise<Totals> {
    return count();
  }

  override totalsOfCommunity(_communityId: string, count: Work<Totals>): Promise<Totals> {
    return count();
  }

  override async trendingOf(
    _communityId: string,
    limit: number,
    contributions: Work<readonly Contribution[]>,
  ): Promise<Score[]> {
    const now = Date.now();
    const scores = (await contributions()).map(({ member, at, weight = 1 }) => ({
      questionId: Number(member),
      score: weight * 2 ** ((Number(at) - now) / TRENDING_HALF_LIFE_MS),
    }));
    return scores.sort((a, b) => b.score - a.score).slice(0, limit);
  }

  override cast<T extends KeptVote>(_ballot: Ballot, work: Work<T>): Promise<T> {
    return work();
  }

  override castAll<T>(_ballots: readonly Ballot[], work: Work<T>): Promise<T> {
    return work();
  }
}

/** In the place of the cache where nothing is cached: strategies that pass every call on to the database. */
@Global()
@Module({
  providers: [{ provide: VotingStrategy, useClass: UncachedVoting }],
  exports: [VotingStrategy],
})
export class UncachedModule {}
