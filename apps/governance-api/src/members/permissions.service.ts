import { Injectable, NotFoundException } from '@nestjs/common';
import { community, user, UserStrategy } from '@nuthatch/governance';
import type { Kysely, Transaction } from 'kysely';
import { Cacheable, CacheEvict } from 'nuthatch';
import { DEFAULT_CONFIGURATION } from '../communities/default-configuration.js';
import { record } from '../database/events.js';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Schema } from '../database/schema.js';
import { assertMember } from './assert-member.js';
import type { Grant, UserPermissions } from './member.js';

/** What members may do in communities: by belonging to them, by what these let strangers do, and by grants. */
@Injectable()
export class PermissionsService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly users: UserStrategy,
  ) {}

  /** @throws NotFoundException */
  @Cacheable(user.permissions)
  findOne(memberId: number, communityId: string): Promise<UserPermissions> {
    return read(this.database.db, memberId, communityId);
  }

  /** Grants these permissions and no others. @throws NotFoundException */
  @CacheEvict({
    region: user.permissions,
    key: (memberId: number, communityId: string) => [memberId, communityId],
    strict: true,
  })
  @CacheEvict({ region: user.activity, key: (memberId: number) => [memberId] })
  @CacheEvict({ region: community.activity, key: (_: number, communityId: string) => [communityId] })
  grant(memberId: number, communityId: string, grants: readonly Grant[]): Promise<UserPermissions> {
    return this.database.db.transaction().execute(async (transaction) => {
      await lock(transaction, memberId, communityId);
      await transaction
        .deleteFrom('grants')
        .where('member_id', '=', memberId)
        .where('community_id', '=', communityId)
        .execute();
      const rows = grants.map((permission) => ({
        member_id: memberId,
        community_id: communityId,
        permission,
      }));
      if (rows.length > 0) await transaction.insertInto('grants').values(rows).execute();
      await record(transaction, { kind: 'granted', communityId, memberId });
      return read(transaction, memberId, communityId);
    });
  }

  /** Takes back every grant of a member, in all communities. @throws NotFoundException */
  async withdraw(memberId: number): Promise<void> {
    const { db } = this.database;
    await assertMember(db, memberId);
    let communities = await grantedIn(db, memberId);
    for (let isDone = false; !isDone;) {
      const barred = communities;
      await this.users.withdraw(memberId, barred, () =>
        db.transaction().execute(async (transaction) => {
          await lockMember(transaction, memberId);
          communities = await grantedIn(transaction, memberId);
          // what was granted meanwhile is not barred yet
          isDone = communities.every((community) => barred.includes(community));
          if (isDone) await transaction.deleteFrom('grants').where('member_id', '=', memberId).execute();
        }),
      );
    }
  }
}

/** Keeps others from granting the member anything until the transaction ends. */
async function lock(transaction: Transaction<Schema>, memberId: number, communityId: string): Promise<void> {
  // the community first, as whoever lets somebody join it does: the other way round each could wait for the other
  await transaction
    .selectFrom('communities')
    .where('id', '=', communityId)
    .select('id')
    .forKeyShare()
    .executeTakeFirst();
  await lockMember(transaction, memberId);
  await read(transaction, memberId, communityId);
}

/** Votes, which refer to the member, need not wait. */
async function lockMember(transaction: Transaction<Schema>, memberId: number): Promise<void> {
  await transaction
    .selectFrom('members')
    .where('id', '=', memberId)
    .select('id')
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Where a member is granted anything. */
async function grantedIn(db: Kysely<Schema>, memberId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('grants')
    .where('member_id', '=', memberId)
    .select('community_id')
    .distinct()
    .execute();
  return rows.map((row) => row.community_id);
}

async function read(db: Kysely<Schema>, memberId: number, communityId: string): Promise<UserPermissions> {
  const found = await db
    .selectFrom('members')
    .innerJoin('communities', (join) => join.onTrue())
    .leftJoin('configurations as own', 'own.community_id', 'communities.id')
    .leftJoin('memberships as belongs', (join) =>
      join.onRef('belongs.community_id', '=', 'communities.id').onRef('belongs.member_id', '=', 'members.id'),
    )
    .where('members.id', '=', memberId)
    .where('communities.id', '=', communityId)
    .select(['own.visibility', 'belongs.member_id as belongs'])
    .executeTakeFirst();
  if (!found)
    throw new NotFoundException(`There is no member ${memberId}, or no community "${communityId}".`);
  const grants = await db
    .selectFrom('grants')
    .where('member_id', '=', memberId)
    .where('community_id', '=', communityId)
    .select('permission')
    .execute();
  const visibility = found.visibility ?? DEFAULT_CONFIGURATION.visibility;
  const anyway = found.belongs !== null ? ['read', 'vote'] : visibility === 'public' ? ['read'] : [];
  const permissions = [...anyway, ...grants.map(({ permission }) => permission)].sort();
  return { userId: memberId, communityId, permissions };
}
