import { Injectable, NotFoundException } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { Cacheable, CacheEvict, CacheTransactional } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Schema } from '../database/schema.js';
import { voting } from '../regions.js';
import { POSITION_CODES, positionOf, type Position } from '../rollcalls/rollcalls.js';
import type { Vote } from './vote.js';

/** The single votes. */
@Injectable()
export class VotesService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** @throws NotFoundException when the member has not voted on the question. */
  @Cacheable(voting.vote)
  async findOne(questionId: number, memberId: number): Promise<Vote> {
    const vote = await this.database.db
      .selectFrom('votes')
      .where('question_id', '=', questionId)
      .where('member_id', '=', memberId)
      .select('position')
      .executeTakeFirst();
    const position = vote && positionOf(vote.position);
    if (!position)
      throw new NotFoundException(`There is no vote of member ${memberId} on question ${questionId}.`);
    return { questionId, memberId, position };
  }

  /** Keeps a member's vote on a question; a repeated one replaces the one before. @throws NotFoundException */
  cast(questionId: number, memberId: number, position: Position): Promise<Vote> {
    return this.keep(this.database.db, { questionId, memberId, position });
  }

  /**
   * Keeps the votes of several members on a question, all or none of them. The cache hears of it when the transaction is
   * committed, and never when it was rolled back.
   * @throws NotFoundException
   */
  @CacheTransactional()
  castAll(questionId: number, votes: readonly Omit<Vote, 'questionId'>[]): Promise<Vote[]> {
    return this.database.db.transaction().execute(async (transaction) => {
      const kept: Vote[] = [];
      for (const vote of votes) kept.push(await this.keep(transaction, { questionId, ...vote }));
      return kept;
    });
  }

  /** @throws NotFoundException when there is no such question or member. */
  @CacheEvict(voting.vote, (_: Kysely<Schema>, { questionId, memberId }: Vote) => [questionId, memberId])
  @CacheEvict(voting.results, (_: Kysely<Schema>, { questionId }: Vote) => [questionId])
  async keep(db: Kysely<Schema>, { questionId, memberId, position }: Vote): Promise<Vote> {
    const code = POSITION_CODES[position];
    const kept = await db
      .insertInto('votes')
      .columns(['question_id', 'member_id', 'position'])
      .expression((builder) =>
        builder
          .selectFrom(['questions', 'members'])
          .where('questions.id', '=', questionId)
          .where('members.id', '=', memberId)
          .select([
            'questions.id as question_id',
            'members.id as member_id',
            sql<number>`${code}::smallint`.as('position'),
          ]),
      )
      .onConflict((conflict) =>
        conflict.columns(['question_id', 'member_id']).doUpdateSet({ position: code }),
      )
      .returning('position')
      .executeTakeFirst();
    if (!kept) throw new NotFoundException(`There is no question ${questionId}, or no member ${memberId}.`);
    return { questionId, memberId, position };
  }
}
