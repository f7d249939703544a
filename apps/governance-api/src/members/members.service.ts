import { Injectable, NotFoundException } from '@nestjs/common';
import { Cacheable } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { member } from '../regions.js';
import type { Member } from './member.js';

/** The senators, and the President. */
@Injectable()
export class MembersService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** @throws NotFoundException */
  @Cacheable(member.profile)
  async findOne(id: number): Promise<Member> {
    const found = await this.database.db
      .selectFrom('members')
      .where('id', '=', id)
      .select(['id', 'icpsr', 'name', 'party', 'state'])
      .executeTakeFirst();
    if (!found) throw new NotFoundException(`There is no member ${id}.`);
    return found;
  }
}
