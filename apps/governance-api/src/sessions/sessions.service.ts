import { Injectable, NotFoundException } from '@nestjs/common';
import { sessionKey, user, UserStrategy } from '@nuthatch/governance';
import type { UserSession } from '@nuthatch/governance';
import { Cacheable, CacheEvict } from 'nuthatch';
import { randomBytes } from 'node:crypto';
import { GovernanceDatabase } from '../database/governance-database.js';
import { assertMember } from '../members/assert-member.js';

/** How long a session lasts at the most. */
const LONGEST_MS = 30 * 86_400_000;
const TOKEN_BYTES = 32;

/** Who is signed in. Only the hash of a token is kept, in the database and in the cache. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly users: UserStrategy,
  ) {}

  /** @throws NotFoundException when there is no such member. */
  async begin(memberId: number): Promise<UserSession & { readonly token: string }> {
    await assertMember(this.database.db, memberId);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const expires = new Date(Date.now() + LONGEST_MS);
    await this.database.db
      .insertInto('sessions')
      .values({ key: sessionKey(token), member_id: memberId, expires_at: expires })
      .execute();
    return { token, userId: memberId, expiresAt: expires.toISOString() };
  }

  /** @throws NotFoundException when there is none any more, or never was. */
  async findOne(token: string): Promise<UserSession> {
    const session = await this.read(sessionKey(token));
    // what is kept slides on while it is used, the session does not
    if (session === null || Date.parse(session.expiresAt) <= Date.now())
      throw new NotFoundException('There is no such session.');
    return session;
  }

  /** Ends a session, if there is one: no instance takes it for valid from then on. */
  async end(token: string): Promise<void> {
    await this.barAndRemove(sessionKey(token));
  }

  /** Ends every session of a member, and says how many. @throws NotFoundException when there is no such member. */
  async endAll(memberId: number): Promise<number> {
    await assertMember(this.database.db, memberId);
    let ended = 0;
    // only what is barred is ended: another that has begun meanwhile waits for its turn
    for (let keys = await this.keysOf(memberId); keys.length > 0; keys = await this.keysOf(memberId))
      ended += await this.users.revoke(memberId, keys, () => this.remove(keys));
    return ended;
  }

  @Cacheable(user.session)
  protected async read(key: string): Promise<UserSession | null> {
    const found = await this.database.db
      .selectFrom('sessions')
      .where('key', '=', key)
      .select(['member_id', 'expires_at'])
      .executeTakeFirst();
    return found ? { userId: found.member_id, expiresAt: found.expires_at.toISOString() } : null;
  }

  @CacheEvict({ region: user.session, key: (key: string) => [key], strict: true })
  protected async barAndRemove(key: string): Promise<void> {
    await this.remove([key]);
  }

  private async remove(keys: readonly string[]): Promise<number> {
    const removed = await this.database.db.deleteFrom('sessions').where('key', 'in', keys).executeTakeFirst();
    return Number(removed.numDeletedRows);
  }

  private async keysOf(memberId: number): Promise<string[]> {
    const rows = await this.database.db
      .selectFrom('sessions')
      .where('member_id', '=', memberId)
      .select('key')
      .execute();
    return rows.map(({ key }) => key);
  }
}
