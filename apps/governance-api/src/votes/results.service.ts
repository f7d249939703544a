import { Injectable, NotFoundException } from '@nestjs/common';
import { sql } from 'kysely';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { voting } from '../regions.js';
import type { QuestionResults } from './vote.js';

/** Counts votes. */
@Injectable()
export class ResultsService {
  constructor(private readonly database: GovernanceDatabase) {}

  /**
   * The votes on a question, in total and by party. The joins start at the question and pass through the memberships of its
   * community, so whoever is no member of it, the President, is never counted.
   * @throws NotFoundException
   */
  @Cacheable(voting.results)
  async ofQuestion(questionId: number): Promise<QuestionResults> {
    const rows = await this.database.db
      .selectFrom('questions as q')
      .leftJoin('memberships as belongs', 'belongs.community_id', 'q.community_id')
      .leftJoin('members as m', 'm.id', 'belongs.member_id')
      .leftJoin('votes as v', (join) =>
        join.onRef('v.question_id', '=', 'q.id').onRef('v.member_id', '=', 'm.id'),
      )
      .where('q.id', '=', questionId)
      .groupBy(sql`grouping sets ((m.party), ())`)
      .select(['m.party', sql<boolean>`grouping(m.party) = 1`.as('overall'), count('q.id').as('rows')])
      .select([
        countPositions(1, 3).as('yea'),
        countPositions(4, 6).as('nay'),
        countPositions(7, 9).as('notVoting'),
      ])
      .orderBy('m.party')
      .execute();
    const overall = rows.find((row) => row.overall);
    if (!overall || overall.rows === 0) throw new NotFoundException(`There is no question ${questionId}.`);
    const { yea, nay, notVoting } = overall;
    const parties = rows.flatMap((row) =>
      row.overall || row.party === null
        ? []
        : [{ party: row.party, yea: row.yea, nay: row.nay, notVoting: row.notVoting }],
    );
    const entitled = yea + nay + notVoting;
    const participation = entitled === 0 ? 0 : (yea + nay) / entitled;
    return { questionId, yea, nay, notVoting, participation, parties };
  }
}

function count(column: string) {
  return sql<number>`count(${sql.ref(column)})::integer`;
}

function countPositions(from: number, to: number) {
  return sql<number>`(count(*) filter (where v.position between ${sql.lit(from)} and ${sql.lit(to)}))::integer`;
}
