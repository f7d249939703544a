import { Injectable, NotFoundException } from '@nestjs/common';
import { sql } from 'kysely';
import { Cacheable, CacheEvict } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
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
  @CacheEvict(voting.vote, (questionId: number, memberId: number) => [questionId, memberId])
  @CacheEvict(voting.results, (questionId: number) => [questionId])
  async cast(questionId: number, memberId: number, position: Position): Promise<Vote> {
    const code = POSITION_CODES[position];
    const kept = await this.database.db
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
