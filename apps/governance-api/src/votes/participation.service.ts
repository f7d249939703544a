import { Injectable, NotFoundException } from '@nestjs/common';
import { participationOf, VotingStrategy } from '@nuthatch/governance';
import type { CommunityParticipation, MemberParticipation, Totals } from '@nuthatch/governance';
import { GovernanceDatabase } from '../database/governance-database.js';
import { countPositions } from './count-positions.js';

/** How many of the recorded votes are yea or nay, across questions. */
@Injectable()
export class ParticipationService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: VotingStrategy,
  ) {}

  /** Of one member, over all questions. @throws NotFoundException */
  async ofMember(memberId: number): Promise<MemberParticipation> {
    const totals = await this.strategy.totalsOfMember(memberId, () => this.countOfMember(memberId));
    return { memberId, ...participationOf(totals) };
  }

  /** Of a community's members, over all its questions. @throws NotFoundException */
  async ofCommunity(communityId: string): Promise<CommunityParticipation> {
    const totals = await this.strategy.totalsOfCommunity(communityId, () =>
      this.countOfCommunity(communityId),
    );
    return { communityId, ...participationOf(totals) };
  }

  private async countOfMember(memberId: number): Promise<Totals> {
    const counted = await this.database.db
      .selectFrom('members as m')
      .leftJoin('votes as v', (join) => join.onRef('v.member_id', '=', 'm.id').on('v.counted', '=', true))
      .where('m.id', '=', memberId)
      .groupBy('m.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no member ${memberId}.`);
    return counted;
  }

  private async countOfCommunity(communityId: string): Promise<Totals> {
    const counted = await this.database.db
      .selectFrom('communities as c')
      .leftJoin('questions as q', 'q.community_id', 'c.id')
      .leftJoin('votes as v', (join) => join.onRef('v.question_id', '=', 'q.id').on('v.counted', '=', true))
      .where('c.id', '=', communityId)
      .groupBy('c.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no community ${communityId}.`);
    return counted;
  }
}
