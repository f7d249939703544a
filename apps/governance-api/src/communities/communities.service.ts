import { Injectable, NotFoundException } from '@nestjs/common';
import { sql } from 'kysely';
import { Cacheable, CacheEvict, CacheInvalidate } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Member } from '../members/member.js';
import { community, COMMUNITY_LISTS } from '../regions.js';
import type { CommunityMetadata } from './community.js';

/** The legislature, its parties and its states. */
@Injectable()
export class CommunitiesService {
  constructor(private readonly database: GovernanceDatabase) {}

  @Cacheable(community.list)
  list(): Promise<CommunityMetadata[]> {
    return this.metadata().orderBy('id').execute();
  }

  /** @throws NotFoundException */
  @Cacheable(community.metadata)
  async findOne(id: string): Promise<CommunityMetadata> {
    const found = await this.metadata().where('id', '=', id).executeTakeFirst();
    if (!found) throw notFound(id);
    return found;
  }

  /** Who belongs to it, by name. @throws NotFoundException */
  @Cacheable(community.members)
  async members(id: string): Promise<Member[]> {
    const members = await this.database.db
      .selectFrom('members')
      .innerJoin('memberships', 'memberships.member_id', 'members.id')
      .where('memberships.community_id', '=', id)
      .select(['members.id', 'icpsr', 'name', 'party', 'state'])
      .orderBy('name')
      .orderBy('members.id')
      .execute();
    if (members.length === 0) throw notFound(id); // a community without members does not exist
    return members;
  }

  /** @throws NotFoundException */
  @CacheEvict(community.metadata, (id: string) => [id])
  @CacheInvalidate({ tags: [COMMUNITY_LISTS] })
  async rename(id: string, name: string): Promise<CommunityMetadata> {
    const { db } = this.database;
    const renamed = await db
      .updateTable('communities')
      .set({ name })
      .where('id', '=', id)
      .returning(['id', 'kind', 'name', sql<number>`(${this.size()})`.as('size')])
      .executeTakeFirst();
    if (!renamed) throw notFound(id);
    return renamed;
  }

  private metadata() {
    return this.database.db
      .selectFrom('communities')
      .select(['id', 'kind', 'name'])
      .select(sql<number>`(${this.size()})`.as('size'));
  }

  private size() {
    return this.database.db
      .selectFrom('memberships')
      .whereRef('memberships.community_id', '=', sql.ref('communities.id'))
      .select(sql<number>`count(*)::integer`.as('size'));
  }
}

function notFound(id: string): NotFoundException {
  return new NotFoundException(`There is no community "${id}".`);
}
