import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CacheTestingModule, FakeClock, MemoryStore } from 'nuthatch/testing';
import { canonicalAddress, sessionKey } from './user.keys.js';
import { UserStrategy } from './user.strategy.js';
import type { UserSession } from './user.types.js';

const running: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** One process of a fleet; those with the same store belong together. */
async function boot(store?: MemoryStore) {
  const app = await Test.createTestingModule({
    imports: [CacheTestingModule.forRoot({ store, strategies: [UserStrategy] })],
  }).compile();
  await app.init();
  running.push(app);
  return { app, strategy: app.get(UserStrategy), clock: app.get(FakeClock), store: app.get(MemoryStore) };
}

/** Sessions by their keys, as a database has them. */
class Sessions {
  readonly rows = new Map<string, UserSession>();
  loads = 0;

  begin(key: string, userId: number): void {
    this.rows.set(key, { userId, expiresAt: '2100-01-01T00:00:00.000Z' });
  }

  end(...keys: string[]): void {
    for (const key of keys) this.rows.delete(key);
  }

  read({ session }: UserStrategy, key: string): Promise<UserSession | null> {
    return session.getOrSet([key], () => {
      this.loads += 1;
      return this.rows.get(key) ?? null;
    });
  }
}

describe('The canonical form of an address', () => {
  it.each([
    ['0xDe709f2102306220921060314715629080e2fB77', '0xde709f2102306220921060314715629080e2fb77'],
    ['0XABC', '0xabc'],
    [' 0xAb ', '0xab'],
    ['DYw8jCTfwHNRJhhmFcbXvVDTqWMEVFBX6ZKUmG5CNSKK', 'DYw8jCTfwHNRJhhmFcbXvVDTqWMEVFBX6ZKUmG5CNSKK'],
    ['0xNotHex', '0xNotHex'],
  ])('of %s is %s', (address, canonical) => {
    expect(canonicalAddress(address)).toBe(canonical);
  });
});

describe('The key of a session', () => {
  it('is the same for one token, different for two, and does not contain it', () => {
    expect(sessionKey('a')).toBe(sessionKey('a'));
    expect(sessionKey('a')).not.toBe(sessionKey('b'));
    expect(sessionKey('a secret token')).not.toContain('secret');
    expect(sessionKey('a')).toHaveLength(43);
  });
});

describe('A session', () => {
  it('is kept as long as it is used, and half an hour longer', async () => {
    const { strategy, clock } = await boot();
    const sessions = new Sessions();
    sessions.begin('k', 7);
    for (let quarter = 0; quarter < 8; quarter++) {
      await expect(sessions.read(strategy, 'k')).resolves.toMatchObject({ userId: 7 });
      await clock.advance(15 * 60_000);
    }
    expect(sessions.loads).toBe(1);
    await clock.advance(30 * 60_000);
    await sessions.read(strategy, 'k');
    expect(sessions.loads).toBe(2);
  });

  it('that there is not is looked for again ten seconds later', async () => {
    const { strategy, clock } = await boot();
    const sessions = new Sessions();
    await sessions.read(strategy, 'k');
    await clock.advance(9_000);
    await expect(sessions.read(strategy, 'k')).resolves.toBeNull();
    expect(sessions.loads).toBe(1);
    await clock.advance(11_000);
    await sessions.read(strategy, 'k');
    expect(sessions.loads).toBe(2);
  });

  it('that was revoked is valid on no instance, nor is one that the revocation did not know of', async () => {
    const one = await boot();
    const other = await boot(one.store);
    const sessions = new Sessions();
    for (const key of ['a', 'b', 'late']) sessions.begin(key, 7);
    sessions.begin('another', 8);
    const keys = ['a', 'b', 'late', 'another'];
    for (const { strategy } of [one, other])
      for (const key of keys) await expect(sessions.read(strategy, key)).resolves.not.toBeNull();
    const revoked = await one.strategy.revoke(7, ['a', 'b'], async () => sessions.end('a', 'b', 'late'));
    expect(revoked).toBeUndefined();
    for (const { strategy } of [one, other])
      for (const key of ['a', 'b', 'late']) await expect(sessions.read(strategy, key)).resolves.toBeNull();
    const { loads } = sessions;
    await expect(sessions.read(other.strategy, 'another')).resolves.toMatchObject({ userId: 8 });
    expect(sessions.loads).toBe(loads);
  });

  it('is valid nowhere once it is gone from the database, though the process that revokes it gets no further', async () => {
    const one = await boot();
    const other = await boot(one.store);
    const sessions = new Sessions();
    for (const key of ['a', 'b']) sessions.begin(key, 7);
    for (const key of ['a', 'b']) await sessions.read(other.strategy, key);
    let ended = () => undefined as void;
    const committed = new Promise<void>((resolve) => (ended = resolve));
    void one.strategy.revoke(7, ['a', 'b'], async () => {
      // before the commit: what is read now is valid, and must not be kept
      for (const key of ['a', 'b']) await sessions.read(other.strategy, key);
      sessions.end('a', 'b');
      ended();
      await new Promise(() => undefined);
    });
    await committed;
    for (const key of ['a', 'b']) await expect(sessions.read(other.strategy, key)).resolves.toBeNull();
  });

  it('is condemned as well when the database refuses', async () => {
    const { strategy } = await boot();
    const sessions = new Sessions();
    sessions.begin('a', 7);
    await sessions.read(strategy, 'a');
    const refused = new Error('refused');
    await expect(strategy.revoke(7, [], () => Promise.reject(refused))).rejects.toBe(refused);
    await sessions.read(strategy, 'a');
    expect(sessions.loads).toBe(2);
  });
});

describe('A permission', () => {
  it('is taken back everywhere once it is gone from the database, though the process that does it gets no further', async () => {
    const one = await boot();
    const other = await boot(one.store);
    let permissions = ['propose'];
    const read = () =>
      other.strategy.permissions.getOrSet([7, 'birds'], () => ({
        userId: 7,
        communityId: 'birds',
        permissions,
      }));
    await read();
    let withdrawn = () => undefined as void;
    const committed = new Promise<void>((resolve) => (withdrawn = resolve));
    void one.strategy.withdraw(7, ['birds'], async () => {
      // before the commit: what is read now still holds, and must not be kept
      await read();
      permissions = [];
      withdrawn();
      await new Promise(() => undefined);
    });
    await committed;
    await expect(read()).resolves.toMatchObject({ permissions: [] });
  });

  it('is read again as well when the database refuses, in every community', async () => {
    const { strategy } = await boot();
    const kept = { userId: 7, communityId: 'birds', permissions: ['propose'] };
    await strategy.permissions.set([7, 'birds'], kept);
    const refused = new Error('refused');
    await expect(strategy.withdraw(7, [], () => Promise.reject(refused))).rejects.toBe(refused);
    await expect(strategy.permissions.has(7, 'birds')).resolves.toBe(false);
  });
});

describe('What is kept of a user', () => {
  const may = (userId: number, communityId: string) => ({ userId, communityId, permissions: ['read'] });

  async function filled() {
    const { strategy, clock } = await boot();
    for (const id of [7, 8]) {
      await strategy.profile.set([id], { id });
      await strategy.preferences.set([id], { userId: id } as never);
      await strategy.memberships.set([id], []);
      await strategy.activity.set([id], []);
      await strategy.wallet.set([`0x${id}`], { address: `0x${id}`, userId: id });
      await strategy.session.set([`session ${id}`], { userId: id, expiresAt: '2100-01-01T00:00:00.000Z' });
      for (const community of ['birds', 'bees'])
        await strategy.permissions.set([id, community], may(id, community));
    }
    const permissions = async () => {
      const keys = [7, 8].flatMap((id) => ['birds', 'bees'].map((one): [number, string] => [id, one]));
      const kept = await strategy.permissions.getMany(keys);
      return keys.filter((_, at) => kept[at] !== undefined);
    };
    const rest = (id: number) =>
      Promise.all([
        strategy.profile.has(id),
        strategy.preferences.has(id),
        strategy.memberships.has(id),
        strategy.activity.has(id),
        strategy.wallet.has(`0x${id}`),
        strategy.session.has(`session ${id}`),
      ]);
    return { strategy, clock, permissions, rest };
  }

  it.each<[string, (strategy: UserStrategy) => Promise<unknown>, [number, string][]]>([
    [
      'one community',
      ({ permissions }) => permissions.evict(7, 'birds'),
      [
        [7, 'bees'],
        [8, 'birds'],
        [8, 'bees'],
      ],
    ],
    [
      'all communities',
      (strategy) => strategy.permissionsChanged(7),
      [
        [8, 'birds'],
        [8, 'bees'],
      ],
    ],
    [
      'one community, for everybody',
      (strategy) => strategy.permissionsChangedIn('birds'),
      [
        [7, 'bees'],
        [8, 'bees'],
      ],
    ],
  ])('loses the permissions in %s alone', async (_, change, left) => {
    const { strategy, permissions, rest } = await filled();
    await change(strategy);
    await expect(permissions()).resolves.toEqual(left);
    await expect(rest(7)).resolves.toEqual(Array(6).fill(true));
  });

  it('is gone when the user is forgotten; others stay', async () => {
    const { strategy, permissions, rest } = await filled();
    await strategy.forget(7);
    await expect(rest(7)).resolves.toEqual(Array(6).fill(false));
    await expect(rest(8)).resolves.toEqual(Array(6).fill(true));
    await expect(permissions()).resolves.toEqual([
      [8, 'birds'],
      [8, 'bees'],
    ]);
  });

  it("is fresh for as long as the table says, and that a wallet is nobody's for half a minute", async () => {
    const { strategy, clock } = await filled();
    expect(strategy.ttls).toEqual({
      profile: 3_600_000,
      permissions: 300_000,
      session: 1_800_000,
      preferences: 1_800_000,
      activity: 60_000,
      memberships: 600_000,
      wallet: 3_600_000,
    });
    await strategy.wallet.set(['0x9'], null);
    await expect(strategy.wallet.get('0x9')).resolves.toBeNull();
    await clock.advance(30_000);
    await expect(strategy.wallet.has('0x9')).resolves.toBe(false);
    await expect(strategy.wallet.has('0x7')).resolves.toBe(true);
  });

  it("is somebody's wallet at once when it is linked, also on an instance that knows it as nobody's", async () => {
    const one = await boot();
    const other = await boot(one.store);
    const read = ({ wallet }: UserStrategy, owner: number | null) =>
      wallet.getOrSet(['0x9'], () => (owner === null ? null : { address: '0x9', userId: owner }));
    await expect(read(other.strategy, null)).resolves.toBeNull();
    await one.strategy.wallet.evict('0x9');
    await expect(read(other.strategy, 7)).resolves.toMatchObject({ userId: 7 });
  });
});
