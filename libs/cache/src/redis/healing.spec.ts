import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { createConnection } from './connection.js';
import { greeting, newEpoch, readServerReply } from './greeting.js';
import { KeyNames } from './key-names.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: ['1'] });
const K = 'seeds:s1:a';
const [W, T, V, L] = names.writeKeys(K) as [string, string, string, string];
const WHO = { run: 'run', uptime: '1', at: '' };
const ENTRY = Buffer.from('id of 16 bytes..and the rest');

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;

beforeAll(async () => {
  server = await RedisServer.start();
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  const redis = createConnection({ url: server.url });
  link = new ServerLink(redis, { names, clock: systemClock, events, maxInFlight: 10_000 });
  store = RedisStore.on(link, { names, clock: systemClock, readTimeoutMs: 5_000, maxEntryBytes: 1_000_000 });
  link.open();
  await eventually(() => link.ready);
});

afterAll(async () => {
  await link.close();
  await server.stop();
});

beforeEach(async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await server.command('FLUSHALL');
});

/** Ways in which somebody may have overwritten a key of ours. */
const OVERWRITES: Record<string, (key: string) => Promise<unknown>> = {
  'a list': (key) => server.command('RPUSH', key, 'x'),
  'a hash': (key) => server.command('HSET', key, 'field', 'x'),
  'a set': (key) => server.command('SADD', key, 'x'),
  'a sorted set': (key) => server.command('ZADD', key, '1', 'x'),
  'a string': (key) => server.command('SET', key, 'x'),
  'a stream': (key) => server.command('XADD', key, '*', 'field', 'x'),
};

async function overwrite(key: string, kind: string): Promise<void> {
  await server.command('DEL', key);
  await OVERWRITES[kind]?.(key);
}

const typeOf = (key: string) => server.command('TYPE', key);
const fill = (token: string) => store.fill(K, token, { bytes: ENTRY, ttlMs: 5_000, tags: [] });
const lease = (token = 'token') => store.lease(K, { token, ms: 5_000, badId: '' });
const ROLES = [
  { role: 'the entry', key: V, good: 'a string' },
  { role: 'the lease', key: L, good: 'a string' },
  { role: 'the set of writers', key: W, good: 'a sorted set' },
  { role: 'the nonce of a tag', key: T, good: 'a string' },
  { role: 'the tag clock', key: names.tagClock, good: 'a hash' },
  { role: 'the epoch', key: names.epoch, good: 'a hash' },
];
const CASES = ROLES.flatMap(({ role, key, good }) =>
  Object.keys(OVERWRITES)
    .filter((kind) => kind !== good)
    .map((kind) => ({ role, key, kind })),
);

describe.each(CASES)('where $role was overwritten by $kind', ({ key, kind }) => {
  beforeEach(async () => {
    await overwrite(key, kind);
  });

  /** What is no entry is told once, to be counted. */
  const toldOnce = async () => {
    if (key === V) expect(await lease()).toEqual({ kind: 'value', bytes: Buffer.alloc(0) });
  };

  test('a load is granted, and its fill is read back with its tags', async () => {
    await toldOnce();
    expect(await lease()).toEqual({ kind: 'granted' });
    const nonces = await store.nonces([K], 60_000);
    expect(await fill('token')).toBe(true);
    expect(await store.read(K, [K])).toEqual({ bytes: ENTRY, nonces });
  });

  test('an evict, an invalidation and a whole write go through', async () => {
    await store.evict([K]);
    await overwrite(key, kind);
    await store.invalidateTags([K], 60_000);
    await overwrite(key, kind);
    await store.begin(K, 'writer', 5_000);
    expect(await store.commit(K, 'writer', { bytes: ENTRY, ttlMs: 5_000 })).toBe(true);
    expect((await store.read(K, [])).bytes).toEqual(ENTRY);
  });

  test('the commit of a write that had begun before goes through, and stores nothing if its marker is gone', async () => {
    await server.command('DEL', key);
    await store.begin(K, 'writer', 5_000);
    await overwrite(key, kind);
    expect(await store.commit(K, 'writer', { bytes: ENTRY, ttlMs: 5_000 })).toBe(key !== W);
  });

  test('a renewal and a release do nothing and harm nobody', async () => {
    expect(await store.renew(K, 'token', 5_000)).toBe(false);
    await store.release(K, 'token');
    await toldOnce();
    expect(await lease()).toEqual({ kind: 'granted' });
  });

  test('a beat and a greeting are answered', async () => {
    const args = ['app:ch:1', 'b1', newEpoch()];
    const beat = await link.script({ script: 'beat', keys: [names.epoch], args });
    expect(beat).toEqual([expect.stringMatching(/^[\da-f]{16}$/), expect.any(String), expect.any(String)]);
    expect(await typeOf(names.epoch)).toBe('hash');
    await overwrite(key, kind);
    const hello = greeting(names.epoch, WHO, newEpoch(), '');
    const reply = readServerReply(await link.script(hello));
    expect(reply).toMatchObject({
      epoch: expect.stringMatching(/^[\da-f]{16}$/),
      since: '',
      promoted: false,
    });
    expect(Math.abs(reply.time - Date.now())).toBeLessThan(5_000);
  });
});

describe('what somebody wrote into a key of the right type', () => {
  test('a lease without an expiry is taken over', async () => {
    await server.command('SET', L, 'for ever');
    expect(await lease()).toEqual({ kind: 'granted' });
    expect(Number(await server.command('PTTL', L))).toBeGreaterThan(0);
    expect(await fill('token')).toBe(true);
  });

  test('writers without an expiry get one from the next write', async () => {
    await server.command('ZADD', W, '1', 'long gone');
    await store.begin(K, 'writer', 5_000);
    expect(Number(await server.command('PTTL', W))).toBeGreaterThan(0);
    expect(await store.commit(K, 'writer', { bytes: ENTRY, ttlMs: 5_000 })).toBe(true);
  });

  test.each([
    { what: 'a counter that is no number', fields: ['e', 'abc', 'n', 'x'] },
    { what: 'no counter', fields: ['e', 'abc'] },
    { what: 'no epoch', fields: ['n', '7'] },
  ])('a tag clock with $what goes on', async ({ fields }) => {
    await server.command('HSET', names.tagClock, ...fields);
    const [nonce] = await store.nonces(['#birds'], 60_000);
    await store.invalidateTags(['#birds'], 60_000);
    const [next] = await store.peekNonces(['#birds']);
    expect(nonce).toMatch(/^[\w-]+\.\d+:[\w-]+$/);
    expect(next).toMatch(/^[\w-]+\.\d+:[\w-]+$/);
    expect(next).not.toBe(nonce);
  });

  test.each(['', 'not ascii: \u20ac', 'n'.repeat(300), 'with a blank'])(
    'a nonce that no entry could carry is made anew: %p',
    async (text) => {
      await server.command('SET', names.tag('#birds'), text);
      const [nonce] = await store.nonces(['#birds'], 60_000);
      expect(nonce).toMatch(/^[\w-]+\.\d+:[\w-]+$/);
      expect(await store.peekNonces(['#birds'])).toEqual([nonce]);
    },
  );
});

describe('a server without memory to spare', () => {
  /** Some state of every kind, then no byte more. */
  const fillUp = async () => {
    await lease('holder');
    await store.begin('seeds:s1:w', 'writer', 60_000);
    await store.nonces(['#birds'], 60_000);
    await server.command('SET', names.value('seeds:s1:v'), 'old');
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(server.command('SET', 'anything', 'x')).rejects.toThrow(/^OOM/);
  };
  const OOM = { code: 'REDIS_REFUSED', message: 'Redis answered OOM' };

  test('refuses what would store something', async () => {
    await fillUp();
    await expect(fill('holder')).rejects.toMatchObject(OOM);
    await expect(store.lease('seeds:s1:x', { token: 't', ms: 5_000, badId: '' })).rejects.toMatchObject(OOM);
    await expect(store.nonces(['#new'], 60_000)).rejects.toMatchObject(OOM);
    expect(await server.command('EXISTS', V)).toBe('0');
  });

  test('gives a lease back, so that nobody waits for it', async () => {
    await fillUp();
    await store.release(K, 'holder');
    expect(await server.command('EXISTS', L)).toBe('0');
  });

  test('evicts', async () => {
    await fillUp();
    await store.evict([K, 'seeds:s1:v', 'seeds:s1:w']);
    expect(await server.command('EXISTS', L, names.value('seeds:s1:v'))).toBe('0');
    // the running write was spoilt, which takes memory too
    expect(await server.command('ZSCORE', names.writers('seeds:s1:w'), 'overlap')).toBe('inf');
  });

  test('begins and ends a write', async () => {
    await fillUp();
    await store.begin(K, 'mine', 5_000);
    expect(await server.command('EXISTS', L)).toBe('0');
    expect(await store.commit(K, 'mine', null)).toBe(false);
    expect(await store.commit('seeds:s1:w', 'writer', null)).toBe(false);
    expect(await server.command('EXISTS', W, names.writers('seeds:s1:w'))).toBe('0');
  });

  test('invalidates tags, known and unknown ones', async () => {
    await fillUp();
    const before = await store.peekNonces(['#birds', '#new']);
    await store.invalidateTags(['#birds', '#new'], 60_000);
    const after = await store.peekNonces(['#birds', '#new']);
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBeNull();
  });

  test('answers beats and greetings', async () => {
    await fillUp();
    await server.command('DEL', names.epoch);
    const args = ['app:ch:1', 'b1', newEpoch()];
    await expect(link.script({ script: 'beat', keys: [names.epoch], args })).resolves.toHaveLength(3);
    const epoch = newEpoch();
    const hello = greeting(names.epoch, WHO, epoch, 'renew');
    expect(readServerReply(await link.script(hello)).epoch).toBe(epoch);
  });
});
