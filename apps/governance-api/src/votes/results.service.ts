import { Injectable, NotFoundException } from '@nestjs/common';
import { analyticsOf, participationOf, resultsOf, voting } from '@nuthatch/governance';
import type { Participation, QuestionAnalytics, QuestionResults, Tally, Totals } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { countPositions } from './count-positions.js';

/** Counts the votes on a question. */
@Injectable()
export class ResultsService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** The votes in total and by party. @throws NotFoundException */
  @Cacheable(voting.results)
  async ofQuestion(questionId: number): Promise<QuestionResults> {
    return resultsOf(questionId, await this.count(questionId));
  }

  /** The votes by party and state, with how each party split. @throws NotFoundException */
  @Cacheable(voting.analytics)
  async analyticsOf(questionId: number): Promise<QuestionAnalytics> {
    return analyticsOf(questionId, await this.count(questionId));
  }

  /** @throws NotFoundException */
  async countsOf(questionId: number): Promise<Totals> {
    const { yea, nay, notVoting } = await this.ofQuestion(questionId);
    return { yea, nay, notVoting };
  }

  /** @throws NotFoundException */
  async participationOf(questionId: number): Promise<Participation> {
    return participationOf(await this.countsOf(questionId));
  }

  /**
   * As finely as votes are counted. The joins start at the question and pass through the memberships of its community, so
   * whoever is no member of it, the President, is never counted.
   * @throws NotFoundException
   */
  private async count(questionId: number): Promise<readonly Tally[]> {
    const rows = await this.database.db
      .selectFrom('questions as q')
      .leftJoin('memberships as belongs', 'belongs.community_id', 'q.community_id')
      .leftJoin('members as m', 'm.id', 'belongs.member_id')
      .leftJoin('votes as v', (join) =>
        join.onRef('v.question_id', '=', 'q.id').onRef('v.member_id', '=', 'm.id'),
      )
      .where('q.id', '=', questionId)
      .groupBy(['m.party', 'm.state'])
      .select(['m.party', 'm.state', ...countPositions()])
      .execute();
    if (rows.length === 0) throw new NotFoundException(`There is no question ${questionId}.`);
    // a community without members has one row, of nobody
    return rows.flatMap(({ party, state, ...totals }) =>
      party === null || state === null ? [] : [{ party, state, ...totals }],
    );
  }
}
