import { Injectable, NotFoundException } from '@nestjs/common';
import { voting, VotingStrategy } from '@nuthatch/governance';
import type { Position, Vote } from '@nuthatch/governance';
import { sql, type Kysely } from 'kysely';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Schema } from '../database/schema.js';
import { MembersService } from '../members/members.service.js';
import { QuestionsService } from '../questions/questions.service.js';
import { POSITION_CODES, positionOf } from '../rollcalls/rollcalls.js';
import type { CastVote, CastAnswer } from './vote.js';

/** The single votes. */
@Injectable()
export class VotesService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly questions: QuestionsService,
    private readonly members: MembersService,
    private readonly strategy: VotingStrategy,
  ) {}

  /** @throws NotFoundException when the member has not voted on the question. */
  @Cacheable(voting.vote)
  async findOne(questionId: number, memberId: number): Promise<Vote> {
    const vote = await this.database.db
      .selectFrom('votes')
      .where('question_id', '=', questionId)
      .where('member_id', '=', memberId)
      .select(['position', 'cast_at'])
      .executeTakeFirst();
    const position = vote && positionOf(vote.position);
    if (!position)
      throw new NotFoundException(`There is no vote of member ${memberId} on question ${questionId}.`);
    return { questionId, memberId, position, castAt: vote.cast_at.toISOString() };
  }

  /**
   * Keeps a member's vote on a question; a repeated one replaces the one before, and counts from when that was cast.
   * @throws NotFoundException when there is no such question or member.
   */
  async cast(questionId: number, memberId: number, position: Position): Promise<CastAnswer> {
    const communityId = await this.communityOf(questionId, [memberId]);
    const vote = { questionId, communityId, memberId, position };
    return this.strategy.cast(vote, () => keep(this.database.db, vote));
  }

  /**
   * Keeps the votes of several members on a question, all or none of them, and answers them by member.
   * @throws NotFoundException when there is no such question, or one of the members does not exist.
   */
  async castAll(
    questionId: number,
    cast: readonly Pick<Vote, 'memberId' | 'position'>[],
  ): Promise<CastAnswer[]> {
    const communityId = await this.communityOf(
      questionId,
      cast.map(({ memberId }) => memberId),
    );
    // in one order, so that two roll calls on a question cannot wait for each other's rows
    const votes = [...cast]
      .sort((a, b) => a.memberId - b.memberId)
      .map(({ memberId, position }) => ({ questionId, communityId, memberId, position }));
    const keepAll = async (transaction: Kysely<Schema>) => {
      const kept: CastAnswer[] = [];
      for (const vote of votes) kept.push(await keep(transaction, vote));
      return kept;
    };
    return this.strategy.castAll(votes, () => this.database.db.transaction().execute(keepAll));
  }

  /**
   * Asked before anything is barred: a vote of nobody would have everything counted anew that the others' votes are in.
   * @throws NotFoundException when there is no such question, or one of the members does not exist.
   */
  private async communityOf(questionId: number, memberIds: readonly number[]): Promise<string> {
    const [{ communityId }] = await Promise.all([
      this.questions.findOne(questionId),
      ...memberIds.map((id) => this.members.findOne(id)),
    ]);
    return communityId;
  }
}

/**
 * One statement keeps a vote and tells what it replaced, so that two at once cannot both take themselves for the first.
 * @throws NotFoundException
 */
async function keep(db: Kysely<Schema>, { questionId, memberId, position }: CastVote): Promise<CastAnswer> {
  const code = POSITION_CODES[position];
  const kept = await db
    .insertInto('votes')
    .columns(['question_id', 'member_id', 'position', 'party', 'state', 'counted'])
    .expression((builder) =>
      builder
        .selectFrom('questions as q')
        .innerJoin('members as m', (join) => join.on('m.id', '=', memberId))
        .leftJoin('memberships as belongs', (join) =>
          join.onRef('belongs.community_id', '=', 'q.community_id').onRef('belongs.member_id', '=', 'm.id'),
        )
        .where('q.id', '=', questionId)
        .select(['q.id', 'm.id as memberId', sql<number>`${code}::smallint`.as('position')])
        .select(['m.party', 'm.state', sql<boolean>`belongs.member_id is not null`.as('counted')]),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['question_id', 'member_id'])
        .doUpdateSet({ position: code, previous: sql<number>`votes.position` }),
    )
    .returning(['previous', 'cast_at', 'party', 'state', 'counted'])
    .executeTakeFirst();
  if (!kept) throw new NotFoundException(`There is no question ${questionId}, or no member ${memberId}.`);
  const { party, state, counted, cast_at } = kept;
  const previous = (kept.previous !== null && positionOf(kept.previous)) || null;
  const vote = { questionId, memberId, position, castAt: cast_at.toISOString() };
  return { ...vote, previous, party, state, counted, changed: previous !== position };
}
