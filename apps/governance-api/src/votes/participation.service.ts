import { Injectable, NotFoundException } from '@nestjs/common';
import { participationOf, voting } from '@nuthatch/governance';
import type { CommunityParticipation, MemberParticipation } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { countPositions } from './count-positions.js';

/** How many of the recorded votes are yea or nay, across questions. */
@Injectable()
export class ParticipationService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** Of one member, over all questions. @throws NotFoundException */
  @Cacheable(voting.memberParticipation)
  async ofMember(memberId: number): Promise<MemberParticipation> {
    const counted = await this.database.db
      .selectFrom('members as m')
      .leftJoin('votes as v', (join) => join.onRef('v.member_id', '=', 'm.id').on('v.counted', '=', true))
      .where('m.id', '=', memberId)
      .groupBy('m.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no member ${memberId}.`);
    return { memberId, ...participationOf(counted) };
  }

  /** Of a community's members, over all its questions. @throws NotFoundException */
  @Cacheable(voting.communityParticipation)
  async ofCommunity(communityId: string): Promise<CommunityParticipation> {
    const counted = await this.database.db
      .selectFrom('communities as c')
      .leftJoin('questions as q', 'q.community_id', 'c.id')
      .leftJoin('votes as v', (join) => join.onRef('v.question_id', '=', 'q.id').on('v.counted', '=', true))
      .where('c.id', '=', communityId)
      .groupBy('c.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no community ${communityId}.`);
    return { communityId, ...participationOf(counted) };
  }
}
