import { Injectable } from '@nestjs/common';
import { analyticsOf, participationOf, resultsOf, VotingStrategy } from '@nuthatch/governance';
import type {
  QuestionAnalytics,
  QuestionCounts,
  QuestionParticipation,
  QuestionResults,
  Tally,
} from '@nuthatch/governance';
import { GovernanceDatabase } from '../database/governance-database.js';
import { QuestionsService } from '../questions/questions.service.js';
import { countPositions } from './count-positions.js';

/** What the votes on a question come to. */
@Injectable()
export class ResultsService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly questions: QuestionsService,
    private readonly strategy: VotingStrategy,
  ) {}

  /** The votes in total and by party. @throws NotFoundException */
  async ofQuestion(questionId: number): Promise<QuestionResults> {
    return resultsOf(questionId, await this.tallies(questionId));
  }

  /** The votes by party and state, with how each party split. @throws NotFoundException */
  async analyticsOf(questionId: number): Promise<QuestionAnalytics> {
    return analyticsOf(questionId, await this.tallies(questionId));
  }

  /** @throws NotFoundException */
  async countsOf(questionId: number): Promise<QuestionCounts> {
    const { yea, nay, notVoting } = await this.ofQuestion(questionId);
    return { questionId, yea, nay, notVoting };
  }

  /** @throws NotFoundException */
  async participationOf(questionId: number): Promise<QuestionParticipation> {
    return { questionId, ...participationOf(await this.countsOf(questionId)) };
  }

  private tallies(questionId: number): Promise<readonly Tally[]> {
    return this.strategy.talliesOf(questionId, () => this.count(questionId));
  }

  /** @throws NotFoundException */
  private async count(questionId: number): Promise<readonly Tally[]> {
    const tallies = await this.database.db
      .selectFrom('votes as v')
      .where('v.question_id', '=', questionId)
      .where('v.counted', '=', true)
      .groupBy(['v.party', 'v.state'])
      .select(['v.party', 'v.state', ...countPositions()])
      .execute();
    if (tallies.length === 0) await this.questions.findOne(questionId);
    return tallies;
  }
}
