import { Injectable, NotFoundException } from '@nestjs/common';
import { canonicalFilter, community } from '@nuthatch/governance';
import { sql } from 'kysely';
import { Cacheable } from 'nuthatch';
import { RECENT_EVENTS } from '../database/events.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import type {
  CommunityConfiguration,
  CommunityEvent,
  CommunityFilter,
  CommunityMember,
  CommunityMemberCount,
  CommunityMetadata,
} from './community.js';
import { communitiesIn, communityIn } from './community-rows.js';
import { DEFAULT_CONFIGURATION } from './default-configuration.js';

/** What there is to know of the legislature, its parties and its states. */
@Injectable()
export class CommunitiesService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** Those that match, whatever case the filter's texts are in. */
  @Cacheable(community.list, (filter: CommunityFilter) => [canonicalFilter(filter)])
  list(filter: CommunityFilter): Promise<readonly CommunityMetadata[]> {
    return communitiesIn(this.database.db, canonicalFilter(filter));
  }

  /** @throws NotFoundException */
  @Cacheable(community.metadata)
  async findOne(id: string): Promise<CommunityMetadata> {
    return (await communityIn(this.database.db, id)) ?? missing(id);
  }

  /** @throws NotFoundException */
  @Cacheable(community.configuration)
  async configuration(id: string): Promise<CommunityConfiguration> {
    const found = await this.database.db
      .selectFrom('communities')
      .leftJoin('configurations as own', 'own.community_id', 'communities.id')
      .where('communities.id', '=', id)
      .select(['own.visibility', 'own.quorum', 'own.voting_days as votingDays'])
      .executeTakeFirst();
    if (!found) return missing(id);
    const { visibility, quorum, votingDays } = DEFAULT_CONFIGURATION;
    return {
      communityId: id,
      visibility: found.visibility ?? visibility,
      quorum: found.quorum ?? quorum,
      votingDays: found.votingDays ?? votingDays,
    };
  }

  /** Who belongs to it, by name. @throws NotFoundException */
  @Cacheable(community.members)
  async members(id: string): Promise<readonly CommunityMember[]> {
    const members = await this.database.db
      .selectFrom('members')
      .innerJoin('memberships', 'memberships.member_id', 'members.id')
      .where('memberships.community_id', '=', id)
      .select(['members.id', 'icpsr', 'name', 'party', 'state'])
      .orderBy('name')
      .orderBy('members.id')
      .execute();
    if (members.length === 0) await this.assertPresent(id);
    return members;
  }

  /** @throws NotFoundException */
  @Cacheable(community.memberCount)
  async memberCount(id: string): Promise<CommunityMemberCount> {
    const { members } = await this.database.db
      .selectFrom('memberships')
      .where('community_id', '=', id)
      .select(sql<number>`count(*)::integer`.as('members'))
      .executeTakeFirstOrThrow();
    if (members === 0) await this.assertPresent(id);
    return { communityId: id, members };
  }

  /** What happened in it lately, the latest first. @throws NotFoundException */
  @Cacheable(community.activity)
  async activity(id: string): Promise<readonly CommunityEvent[]> {
    const events = await this.database.db
      .selectFrom('events')
      .where('community_id', '=', id)
      .select(['kind', 'at', 'member_id as memberId'])
      .orderBy('id', 'desc')
      .limit(RECENT_EVENTS)
      .execute();
    if (events.length === 0) await this.assertPresent(id);
    return events.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }));
  }

  private async assertPresent(id: string): Promise<void> {
    const found = await this.database.db
      .selectFrom('communities')
      .where('id', '=', id)
      .select('id')
      .executeTakeFirst();
    if (!found) missing(id);
  }
}

/** Says that a community does not exist. @throws NotFoundException */
export function missing(id: string): never {
  throw new NotFoundException(`There is no community "${id}".`);
}
