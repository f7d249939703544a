import { Injectable } from '@nestjs/common';
import { user } from '@nuthatch/governance';
import { Cacheable, CacheEvict } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { assertMember } from './assert-member.js';
import type { UserPreferences } from './member.js';

/** How members want it who have not said anything. */
const DEFAULT_PREFERENCES = { language: 'en', theme: 'system', notifications: true } as const;

/** How members want it. */
@Injectable()
export class PreferencesService {
  constructor(private readonly database: GovernanceDatabase) {}

  /** @throws NotFoundException */
  @Cacheable(user.preferences)
  async findOne(id: number): Promise<UserPreferences> {
    const found = await this.database.db
      .selectFrom('preferences')
      .where('member_id', '=', id)
      .select(['language', 'theme', 'notifications'])
      .executeTakeFirst();
    if (!found) await assertMember(this.database.db, id);
    return { userId: id, ...(found ?? DEFAULT_PREFERENCES) };
  }

  /** @throws NotFoundException */
  @CacheEvict({ region: user.preferences, key: (id: number) => [id], strict: true })
  async set(id: number, preferences: Omit<UserPreferences, 'userId'>): Promise<UserPreferences> {
    await assertMember(this.database.db, id);
    const { language, theme, notifications } = preferences;
    const row = { language, theme, notifications };
    await this.database.db
      .insertInto('preferences')
      .values({ member_id: id, ...row })
      .onConflict((conflict) => conflict.column('member_id').doUpdateSet(row))
      .execute();
    return { userId: id, ...row };
  }
}
