import { Injectable, NotFoundException } from '@nestjs/common';
import { community, CommunityStrategy, user, UserStrategy } from '@nuthatch/governance';
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { CacheEvict, Caching, type CachingOptions } from 'nuthatch';
import { record } from '../database/events.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Schema, Visibility } from '../database/schema.js';
import { missing } from './communities.service.js';
import type { CommunityConfiguration, CommunityMemberCount, CommunityMetadata } from './community.js';
import { communityIn } from './community-rows.js';
import { inLockedCommunity } from './locked-community.js';

/** What a configuration says, whichever community's it is. */
export interface Agreement {
  readonly visibility: Visibility;
  readonly quorum: number;
  readonly votingDays: number;
}

/** Everything in the cache that follows from one membership; strict where a crash must leave nothing stale. */
const MEMBERSHIP: CachingOptions<(communityId: string, memberId: number) => Promise<CommunityMemberCount>> = {
  evict: [
    { region: community.metadata, key: (communityId) => [communityId], strict: true },
    { region: community.memberCount, key: (communityId) => [communityId], strict: true },
    { region: community.members, key: (communityId) => [communityId], strict: true },
    { region: user.memberships, key: (_, memberId) => [memberId], strict: true },
    { region: user.permissions, key: (communityId, memberId) => [memberId, communityId], strict: true },
    { region: community.activity, key: (communityId) => [communityId] },
    { region: user.activity, key: (_, memberId) => [memberId] },
  ],
};

/** Whatever changes the legislature, its parties and its states. */
@Injectable()
export class CommunityChangesService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly communities: CommunityStrategy,
    private readonly users: UserStrategy,
  ) {}

  /** @throws NotFoundException */
  @CacheEvict({ region: community.metadata, key: (id: string) => [id], strict: true })
  async rename(id: string, name: string): Promise<CommunityMetadata> {
    const change = await this.communities.changeCommunity(id, () =>
      inLockedCommunity(this.database.db, id, async (transaction, traits) => {
        await transaction.updateTable('communities').set({ name }).where('id', '=', id).execute();
        await record(transaction, { kind: 'renamed', communityId: id });
        return { before: traits, renamed: await communityIn(transaction, id) };
      }),
    );
    return change?.renamed ?? missing(id);
  }

  /** Whether strangers may read depends on it, so everybody's permissions go. @throws NotFoundException */
  @CacheEvict({ region: community.configuration, key: (id: string) => [id], strict: true })
  async configure(id: string, agreement: Agreement): Promise<CommunityConfiguration> {
    const { visibility, quorum, votingDays } = agreement;
    const row = { visibility, quorum, voting_days: votingDays };
    const change = await this.communities.changeCommunity(id, () =>
      inLockedCommunity(this.database.db, id, async (transaction, before) => {
        await transaction
          .insertInto('configurations')
          .values({ community_id: id, ...row })
          .onConflict((conflict) => conflict.column('community_id').doUpdateSet(row))
          .execute();
        await record(transaction, { kind: 'configured', communityId: id });
        return { before, after: { ...before, visibility } };
      }).finally(() => this.users.permissionsChangedIn(id)),
    );
    return change ? { communityId: id, visibility, quorum, votingDays } : missing(id);
  }

  /** Makes somebody a member; who is one already stays one. @throws NotFoundException */
  @Caching<CommunityChangesService['join']>(MEMBERSHIP)
  join(communityId: string, memberId: number): Promise<CommunityMemberCount> {
    return this.changeMembers(communityId, memberId, async (transaction) => {
      // waits for whoever renames the member, who then sees this membership
      const member = await transaction
        .selectFrom('members')
        .where('id', '=', memberId)
        .select('id')
        .forShare()
        .executeTakeFirst();
      if (!member) throw new NotFoundException(`There is no member ${memberId}.`);
      const joined = await transaction
        .insertInto('memberships')
        .values({ community_id: communityId, member_id: memberId })
        .onConflict((conflict) => conflict.doNothing())
        .returning('member_id')
        .execute();
      if (joined.length > 0) await record(transaction, { kind: 'joined', communityId, memberId });
    });
  }

  /** Ends a membership, if there is one. @throws NotFoundException when there is no such community. */
  @Caching<CommunityChangesService['leave']>(MEMBERSHIP)
  leave(communityId: string, memberId: number): Promise<CommunityMemberCount> {
    return this.changeMembers(communityId, memberId, async (transaction) => {
      const left = await transaction
        .deleteFrom('memberships')
        .where('community_id', '=', communityId)
        .where('member_id', '=', memberId)
        .returning('member_id')
        .execute();
      if (left.length > 0) await record(transaction, { kind: 'left', communityId, memberId });
    });
  }

  private async changeMembers(
    communityId: string,
    memberId: number,
    work: (transaction: Transaction<Schema>) => Promise<void>,
  ): Promise<CommunityMemberCount> {
    const change = await this.communities.changeMembers(communityId, () =>
      inLockedCommunity(this.database.db, communityId, async (transaction, before) => {
        await work(transaction);
        const { members } = await transaction
          .selectFrom('memberships')
          .where('community_id', '=', communityId)
          .select(sql<number>`count(*)::integer`.as('members'))
          .executeTakeFirstOrThrow();
        return { before, members };
      }),
    );
    return change ? { communityId, members: change.members } : missing(communityId);
  }
}
