import { Injectable } from '@nestjs/common';
import { CommunityStrategy, user } from '@nuthatch/governance';
import { Cacheable, CacheEvict } from 'nuthatch';
import { RECENT_EVENTS, record } from '../database/events.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import { assertMember, missingMember } from './assert-member.js';
import type { UserEvent, UserMembership, UserProfile } from './member.js';

/** What of a profile may be changed. */
export interface ProfileChange {
  readonly name?: string;
  readonly party?: string;
  readonly state?: string;
}

/** The senators, and the President. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly communities: CommunityStrategy,
  ) {}

  /** @throws NotFoundException */
  @Cacheable(user.profile)
  async findOne(id: number): Promise<UserProfile> {
    const found = await this.database.db
      .selectFrom('members')
      .where('id', '=', id)
      .select(['id', 'icpsr', 'name', 'party', 'state'])
      .executeTakeFirst();
    return found ?? missingMember(id);
  }

  /** What the change leaves out stays. Communities show their members' names, so their lists of members go. @throws NotFoundException */
  @CacheEvict({ region: user.profile, key: (id: number) => [id], strict: true })
  @CacheEvict({ region: user.activity, key: (id: number) => [id] })
  async change(id: number, { name, party, state }: ProfileChange): Promise<UserProfile> {
    let communities: string[] = [];
    try {
      return await this.database.db.transaction().execute(async (transaction) => {
        const changed = await transaction
          .updateTable('members')
          .set((now) => ({
            name: name ?? now.ref('name'),
            party: party ?? now.ref('party'),
            state: state ?? now.ref('state'),
          }))
          .where('id', '=', id)
          .returning(['id', 'icpsr', 'name', 'party', 'state'])
          .executeTakeFirst();
        if (!changed) return missingMember(id);
        // after the row is locked: whoever joins meanwhile waits for the new name
        const rows = await transaction
          .selectFrom('memberships')
          .where('member_id', '=', id)
          .select('community_id')
          .execute();
        communities = rows.map((row) => row.community_id);
        await record(transaction, { kind: 'profile', memberId: id });
        return changed;
      });
    } finally {
      if (communities.length > 0) await this.communities.membersRenamed(communities);
    }
  }

  /** Where the member belongs. @throws NotFoundException */
  @Cacheable(user.memberships)
  async memberships(id: number): Promise<readonly UserMembership[]> {
    const memberships = await this.database.db
      .selectFrom('memberships')
      .innerJoin('communities', 'communities.id', 'memberships.community_id')
      .where('member_id', '=', id)
      .select(['community_id as communityId', 'kind'])
      .orderBy('community_id')
      .execute();
    if (memberships.length === 0) await assertMember(this.database.db, id);
    return memberships;
  }

  /** What the member did lately, the latest first. @throws NotFoundException */
  @Cacheable(user.activity)
  async activity(id: number): Promise<readonly UserEvent[]> {
    const events = await this.database.db
      .selectFrom('events')
      .where('member_id', '=', id)
      .select(['kind', 'at', 'community_id as communityId'])
      .orderBy('id', 'desc')
      .limit(RECENT_EVENTS)
      .execute();
    if (events.length === 0) await assertMember(this.database.db, id);
    return events.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }));
  }
}
