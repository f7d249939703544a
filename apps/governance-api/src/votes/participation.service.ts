import { Injectable, NotFoundException } from '@nestjs/common';
import { participationOf, voting } from '@nuthatch/governance';
import type { Participation } from '@nuthatch/governance';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { countPositions } from './count-positions.js';

/** How many of the recorded votes are yea or nay. Only votes on questions of a community that the voter belongs to count. */
@Injectable()
export class ParticipationService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** Of one member, over all questions. @throws NotFoundException */
  @Cacheable(voting.memberParticipation)
  async ofMember(memberId: number): Promise<Participation> {
    const counted = await this.database.db
      .selectFrom('members as m')
      .leftJoin('memberships as belongs', 'belongs.member_id', 'm.id')
      .leftJoin('questions as q', 'q.community_id', 'belongs.community_id')
      .leftJoin('votes as v', (join) =>
        join.onRef('v.question_id', '=', 'q.id').onRef('v.member_id', '=', 'm.id'),
      )
      .where('m.id', '=', memberId)
      .groupBy('m.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no member ${memberId}.`);
    return participationOf(counted);
  }

  /** Of a community's members, over all its questions. @throws NotFoundException */
  @Cacheable(voting.communityParticipation)
  async ofCommunity(communityId: string): Promise<Participation> {
    const counted = await this.database.db
      .selectFrom('communities as c')
      .leftJoin('questions as q', 'q.community_id', 'c.id')
      .leftJoin('memberships as belongs', 'belongs.community_id', 'c.id')
      .leftJoin('votes as v', (join) =>
        join.onRef('v.question_id', '=', 'q.id').onRef('v.member_id', '=', 'belongs.member_id'),
      )
      .where('c.id', '=', communityId)
      .groupBy('c.id')
      .select(countPositions())
      .executeTakeFirst();
    if (!counted) throw new NotFoundException(`There is no community ${communityId}.`);
    return participationOf(counted);
  }
}
