import { Injectable, NotFoundException } from '@nestjs/common';
import { voting } from '@nuthatch/governance';
import { sql } from 'kysely';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Question, QuestionFilter, QuestionPage } from './question.js';

/** How many questions a page holds. */
const PAGE_SIZE = 20;

/** The questions that were put to the vote. */
@Injectable()
export class QuestionsService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** A page of the questions that match, in the order they were put; empty behind the last page. */
  @Cacheable(voting.questionList)
  async search(filter: QuestionFilter): Promise<QuestionPage> {
    const { session, result, page } = filter;
    const matching = this.database.db
      .selectFrom('questions')
      .$if(session !== undefined, (query) => query.where('session', '=', session ?? 0))
      .$if(result !== undefined, (query) => query.where('result', '=', result ?? ''));
    const [{ total }, items] = await Promise.all([
      matching.select(sql<number>`count(*)::integer`.as('total')).executeTakeFirstOrThrow(),
      matching
        .select(['id', 'date', 'session', 'number', 'question', 'result'])
        .orderBy('id')
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .execute(),
    ]);
    return { page, pageSize: PAGE_SIZE, total, items };
  }

  /** @throws NotFoundException */
  @Cacheable(voting.question)
  async findOne(id: number): Promise<Question> {
    const found = await this.database.db
      .selectFrom('questions')
      .where('id', '=', id)
      .select([
        'id',
        'community_id as communityId',
        'date',
        'session',
        'number',
        'bill',
        'question',
        'result',
      ])
      .select(['description', 'official_yea as officialYea', 'official_nay as officialNay'])
      .executeTakeFirst();
    if (!found) throw new NotFoundException(`There is no question ${id}.`);
    return found;
  }
}
