import { Injectable, NotFoundException } from '@nestjs/common';
import { TRENDING_HALF_LIFE_MS, VotingStrategy } from '@nuthatch/governance';
import type { Score } from '@nuthatch/governance';
import { sql } from 'kysely';
import type { Contribution } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';

/** Below this many half-lives before the last vote of its question a vote weighs nothing that a number could show. */
const FAINTEST = -1_000;

/** Which questions of a community are voted on these days. */
@Injectable()
export class TrendingService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: VotingStrategy,
  ) {}

  /** The highest scores now. @throws NotFoundException */
  ofCommunity(communityId: string, limit: number): Promise<Score[]> {
    return this.strategy.trendingOf(communityId, limit, () => this.contributions(communityId));
  }

  /** What the votes on each question weigh together, as of the last of them. */
  private async contributions(communityId: string): Promise<readonly Contribution[]> {
    const { db } = this.database;
    const known = await db.selectFrom('communities').where('id', '=', communityId).select('id').execute();
    if (known.length === 0) throw new NotFoundException(`There is no community ${communityId}.`);
    const votes = db
      .selectFrom('questions as q')
      .innerJoin('votes as v', (join) => join.onRef('v.question_id', '=', 'q.id').on('v.counted', '=', true))
      .where('q.community_id', '=', communityId)
      .select([sql<string>`q.id::text`.as('member'), milliseconds('v.cast_at').as('cast')])
      .select(sql<number>`max(${milliseconds('v.cast_at')}) over (partition by q.id)`.as('at'));
    return db
      .selectFrom(votes.as('v'))
      .groupBy(['v.member', 'v.at'])
      .select(['v.member', 'v.at', weight().as('weight')])
      .execute();
  }
}

function weight() {
  const halfLives = sql`(v."cast" - v.at) / ${sql.lit(TRENDING_HALF_LIFE_MS)}`;
  return sql<number>`sum(power(2, greatest(${halfLives}, ${sql.lit(FAINTEST)})::float8))`;
}

function milliseconds(column: string) {
  return sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;
}
