import { Injectable, NotFoundException } from '@nestjs/common';
import { highestFirst, MAX_TRENDING, scoreAt, TRENDING_HALF_LIFE_MS, voting } from '@nuthatch/governance';
import type { Score, Trend } from '@nuthatch/governance';
import { sql } from 'kysely';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';

/** Below this many half-lives before the last vote of its question a vote weighs nothing that a number could show. */
const FAINTEST = -1_000;

/** Which questions of a community are voted on these days. */
@Injectable()
export class TrendingService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** The highest scores now. @throws NotFoundException */
  async ofCommunity(communityId: string, limit: number): Promise<Score[]> {
    const trends = await this.trendsOf(communityId);
    const now = Date.now();
    return trends.slice(0, limit).map((trend) => scoreAt(trend, now));
  }

  /** The trends as they are kept: what time does to all of them alike is left to whoever reads them. */
  @Cacheable(voting.trending)
  async trendsOf(communityId: string): Promise<readonly Trend[]> {
    const { db } = this.database;
    const known = await db.selectFrom('communities').where('id', '=', communityId).select('id').execute();
    if (known.length === 0) throw new NotFoundException(`There is no community ${communityId}.`);
    const votes = db
      .selectFrom('questions as q')
      .innerJoin('votes as v', (join) => join.onRef('v.question_id', '=', 'q.id').on('v.counted', '=', true))
      .where('q.community_id', '=', communityId)
      .select(['q.id as questionId', milliseconds('v.cast_at').as('castAt')])
      .select(sql<number>`max(${milliseconds('v.cast_at')}) over (partition by q.id)`.as('latest'));
    const trends = await db
      .selectFrom(votes.as('v'))
      .groupBy(['v.questionId', 'v.latest'])
      .select(['v.questionId', 'v.latest'])
      .select(
        sql<number>`sum(power(2, greatest(("castAt" - latest) / ${TRENDING_HALF_LIFE_MS}, ${FAINTEST})::float8))`.as(
          'weight',
        ),
      )
      .execute();
    return highestFirst(trends).slice(0, MAX_TRENDING);
  }
}

function milliseconds(column: string) {
  return sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;
}
