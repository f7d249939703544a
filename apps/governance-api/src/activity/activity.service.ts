import { Injectable } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { missing } from '../communities/communities.service.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import { assertMember } from '../members/assert-member.js';
import type { Sighting, ViewCount } from './activity.regions.js';
import { activity } from './activity.regions.js';

/** What was recorded of members and pages. */
@Injectable()
export class ActivityService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** When a member was last seen; `null`: never. @throws NotFoundException when there is no such member. */
  @Cacheable(activity.seen)
  async seen(memberId: number): Promise<Sighting | null> {
    const found = await this.database.db
      .selectFrom('sightings')
      .where('member_id', '=', memberId)
      .select(['at', 'doing'])
      .executeTakeFirst();
    if (found) return { memberId, at: found.at.toISOString(), doing: found.doing };
    await assertMember(this.database.db, memberId);
    return null;
  }

  /** How often a community's page was looked at. @throws NotFoundException when there is no such community. */
  @Cacheable(activity.views)
  async views(communityId: string): Promise<ViewCount> {
    const found = await this.database.db
      .selectFrom('communities')
      .leftJoin('view_counts', 'view_counts.community_id', 'communities.id')
      .where('communities.id', '=', communityId)
      .select('views')
      .executeTakeFirst();
    return found ? { communityId, views: Number(found.views ?? 0) } : missing(communityId);
  }
}
