import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { writeEnvelope } from '../codec/envelope.js';
import { systemClock } from '../contracts/clock.js';
import type { RedisTarget } from './connection.js';
import type { PartitionParts, RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const ENTRY = Buffer.from('id of 16 bytes..and the rest');
const ID = 'id of 16 bytes..';
const A = 'token of loader A';
const B = 'token of loader B';

const quiet = () => undefined;
const parts: PartitionParts = {
  clock: systemClock,
  naming: { prefix: 'app', version: '2', alsoEvict: ['1'] },
  maxInFlight: 10_000,
  readTimeoutMs: 5_000,
  topologyEveryMs: 1_000,
  resume: async () => 'resume',
  events: { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet },
};

/** Where a store is, and how to end what serves it. */
interface Place {
  readonly target: RedisTarget;
  stop(): Promise<void>;
}

const places = [
  {
    name: 'one server',
    start: async (): Promise<Place> => {
      const server = await RedisServer.start();
      return { target: { url: server.url }, stop: () => server.stop() };
    },
  },
  {
    name: 'a Cluster of three masters',
    start: async (): Promise<Place> => {
      const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
      return { target: { cluster: cluster.nodes }, stop: () => cluster.stop() };
    },
  },
];

describe.each(places)('the store on $name', ({ start }) => {
  let place: Place;
  let partition: RedisPartition;
  let count = 0;

  beforeAll(async () => {
    place = await start();
    partition = openPartition(place.target, parts);
    partition.open();
    await eventually(() => partition.status().connected);
  });

  afterAll(async () => {
    await partition.close();
    await place.stop();
  });

  /** A key that no other test uses, on any of the servers. */
  const newKey = () => `seeds:n${++count}`;
  const newTags = (howMany: number) => Array.from({ length: howMany }, () => `#tag${++count}`);
  const stored = async (key: string) => (await partition.store.read(key, [])).bytes?.toString();

  async function filled(key: string, bytes: Buffer = ENTRY): Promise<void> {
    const token = randomBytes(16).toString('latin1');
    await partition.store.lease(key, { token, ms: 5_000, badId: '' });
    expect(await partition.store.fill(key, token, { bytes, ttlMs: 60_000, tags: [] })).toBe(true);
  }

  test('is available for every key and tag, and knows the epoch and the time of its server', () => {
    const { store } = partition;
    const names = [...Array.from({ length: 50 }, newKey), ...newTags(50), '@seeds'];
    for (const name of names) {
      expect([store.available(name), store.reachable(name)]).toEqual([true, true]);
      expect(store.epoch(name)).toMatch(/^[\da-f]{16}$/);
      expect(Math.abs(store.serverTime(name) - Date.now())).toBeLessThan(1_000);
      expect(store.serverTime(name, 5) - store.serverTime(name, 0)).toBeCloseTo(5, 3);
    }
  });

  test('grants a lease to one, tells the others, and stores what its holder loaded', async () => {
    const { store } = partition;
    const key = newKey();
    const ask = (token: string) => store.lease(key, { token, ms: 5_000, badId: '' });
    expect(await ask(A)).toEqual({ kind: 'granted' });
    expect(await ask(B)).toEqual({ kind: 'held', remainingMs: expect.any(Number) });
    expect(await store.renew(key, B, 9_000)).toBe(false);
    expect(await store.renew(key, A, 9_000)).toBe(true);
    expect(await store.fill(key, B, { bytes: ENTRY, ttlMs: 9_000, tags: [] })).toBe(false);
    expect(await store.fill(key, A, { bytes: ENTRY, ttlMs: 9_000, tags: [] })).toBe(true);
    expect(await ask(B)).toEqual({ kind: 'value', bytes: ENTRY });
    expect(await store.lease(key, { token: B, ms: 5_000, badId: ID })).toEqual({ kind: 'granted' });
    await store.release(key, B);
    expect(await store.lease(key, { token: A, ms: 5_000, badId: ID })).toEqual({ kind: 'granted' });
  });

  test('reads many keys at once, each caller its own', async () => {
    const keys = Array.from({ length: 300 }, newKey);
    await Promise.all(
      keys.filter((_, i) => i % 3 === 0).map((key) => filled(key, Buffer.from(`of ${key}`.padEnd(20)))),
    );
    const texts = await Promise.all(keys.map(stored));
    expect(texts).toEqual(keys.map((key, i) => (i % 3 === 0 ? `of ${key}`.padEnd(20) : undefined)));
  });

  test('reads a value and the nonces of tags wherever they are, without creating any', async () => {
    const { store } = partition;
    const key = newKey();
    await filled(key);
    const tags = newTags(40);
    const some = tags.filter((_, i) => i % 2 === 0);
    const nonces = await store.nonces(some, 60_000);
    const wanted = tags.map((_, i) => (i % 2 === 0 ? nonces[i / 2] : null));
    expect(await store.read(key, tags)).toEqual({ bytes: ENTRY, nonces: wanted });
    expect(await store.peekNonces(tags)).toEqual(wanted);
    expect(await store.nonces(some, 60_000)).toEqual(nonces);
  });

  test('fences a fill when the key was evicted since the lease was granted', async () => {
    const { store } = partition;
    const key = newKey();
    await store.lease(key, { token: A, ms: 5_000, badId: '' });
    expect(await store.evict([key])).toBe(true);
    expect(await store.fill(key, A, { bytes: ENTRY, ttlMs: 9_000, tags: [] })).toBe(false);
    expect(await stored(key)).toBeUndefined();
  });

  test('says of a fill whose tags were invalidated that it is none, so that nobody joins it', async () => {
    const { store } = partition;
    const [tag = '', other = ''] = newTags(2);
    const nonces = await store.nonces([tag, other], 60_000);
    const tags = [tag, other].map((name, i) => ({ tag: name, nonce: nonces[i] ?? '' }));
    const key = newKey();
    await store.lease(key, { token: A, ms: 5_000, badId: '' });
    expect(await store.fill(key, A, { bytes: ENTRY, ttlMs: 9_000, tags })).toBe(true);
    await store.invalidateTags([other], 60_000);
    const next = newKey();
    await store.lease(next, { token: A, ms: 5_000, badId: '' });
    expect(await store.fill(next, A, { bytes: ENTRY, ttlMs: 9_000, tags })).toBe(false);
  });

  test('evicts many keys at once, and nothing else', async () => {
    const { store } = partition;
    const keys = Array.from({ length: 60 }, newKey);
    await Promise.all(keys.map((key) => filled(key)));
    expect(await store.evict(keys.slice(1))).toBe(true);
    expect(await Promise.all(keys.map(stored))).toEqual([
      String(ENTRY),
      ...keys.slice(1).map(() => undefined),
    ]);
  });

  test('stores what the only writer committed, and bars loads while he writes', async () => {
    const { store } = partition;
    const key = newKey();
    await filled(key);
    await store.begin(key, A, 5_000);
    expect(await stored(key)).toBeUndefined();
    expect(await store.lease(key, { token: B, ms: 5_000, badId: '' })).toEqual({ kind: 'writing' });
    expect(await store.commit(key, A, { bytes: ENTRY, ttlMs: 9_000 })).toBe(true);
    expect(await stored(key)).toBe(String(ENTRY));
    await store.begin(key, A, 5_000);
    expect(await store.commit(key, A, null)).toBe(false);
    expect(await stored(key)).toBeUndefined();
  });

  test.each([
    { what: 'another write', act: (key: string) => partition.store.begin(key, B, 5_000) },
    { what: 'an evict', act: (key: string) => partition.store.evict([key]) },
  ])('stores nothing of a write that $what overlapped', async ({ act }) => {
    const { store } = partition;
    const key = newKey();
    await store.begin(key, A, 5_000);
    await act(key);
    expect(await store.commit(key, A, { bytes: ENTRY, ttlMs: 9_000 })).toBe(false);
    expect(await stored(key)).toBeUndefined();
  });

  test('gives invalidated tags new nonces, and no others, however many they are', async () => {
    const { store } = partition;
    const tags = newTags(3_000);
    const before = await store.nonces(tags, 60_000);
    expect(await store.invalidateTags(tags.slice(10), 60_000)).toBe(true);
    const after = await store.nonces(tags, 60_000);
    expect(after.slice(0, 10)).toEqual(before.slice(0, 10));
    const changed = after.filter((nonce, i) => nonce !== before[i]);
    expect(changed).toHaveLength(2_990);
  });

  test('condemns the tag of a key with the key', async () => {
    const { store } = partition;
    const keys = Array.from({ length: 20 }, newKey);
    const before = await store.nonces(keys, 60_000);
    expect(await store.nonces(keys, 60_000)).toEqual(before);
    await store.evict(keys.slice(0, 10));
    expect(await store.peekNonces(keys)).toEqual([...Array<null>(10).fill(null), ...before.slice(10)]);
    await store.invalidateTags(keys.slice(10), 60_000);
    const after = await store.nonces(keys, 60_000);
    expect(after.filter((nonce, i) => nonce !== before[i])).toHaveLength(20);
  });

  test('says of tags that a load names in its result whether they may have been invalidated since it began', async () => {
    const { store } = partition;
    const [old = '', invalidated = '', made = ''] = newTags(3);
    await store.nonces([old, invalidated], 60_000);
    const noted = await store.tagClocks();
    expect(noted).not.toContain(null);
    const late = async (tags: string[]) =>
      (await store.lateNonces(tags, noted, 60_000)).map(({ timely }) => timely);
    expect(await late([old, invalidated, made])).toEqual([true, true, true]);
    await store.invalidateTags([invalidated], 60_000);
    expect(await late([old, invalidated])).toEqual([true, false]);
    const [{ nonce = '' } = {}] = await store.lateNonces([old], noted, 60_000);
    expect(await store.nonces([old], 60_000)).toEqual([nonce]);
  });

  test('says of the tag of a key that it may have been invalidated, when its nonce is younger than the load', async () => {
    const { store } = partition;
    const key = newKey();
    await store.nonces([key], 60_000);
    const noted = await store.tagClocks();
    await store.evict([key]);
    const [late] = await store.lateNonces([key], noted, 60_000);
    expect(late?.timely).toBe(false);
  });

  test('prolongs and expires entries where they are', async () => {
    const { store } = partition;
    const key = newKey();
    const now = store.serverTime(key);
    const id = randomBytes(16).toString('latin1');
    const header = { id, epoch: store.epoch(key), createdAt: now, loadMs: 1, tags: [] };
    const bytes = writeEnvelope(
      { ...header, softExpiry: now + 9_000, hardExpiry: now + 9_000 },
      { bytes: Buffer.from('{}'), codec: 'json', compression: 'none', typed: false, rawBytes: 2 },
    );
    await filled(key, bytes);
    const expiry = { softExpiry: now + 99_000, hardExpiry: now + 99_000, ttlMs: 99_000 };
    expect(await store.touch(key, 'id of another...', expiry)).toBe(false);
    expect(await store.touch(key, id, expiry)).toBe(true);
    await store.expire([key]);
    expect(await store.touch(key, id, expiry)).toBe(false);
    expect((await store.read(key, [])).bytes?.subarray(-2).toString()).toBe('{}');
  });

  test('says that no replica has an invalidation where there is none, and does it all the same', async () => {
    const { store } = partition;
    const keys = Array.from({ length: 5 }, newKey);
    const tags = newTags(5);
    await Promise.all(keys.map((key) => filled(key)));
    const before = await store.nonces(tags, 60_000);
    const sure = await Promise.all([
      store.evict(keys, 'replicated'),
      store.invalidateTags(tags, 60_000, 'replicated'),
    ]);
    expect(sure).toEqual([false, false]);
    expect(await Promise.all(keys.map(stored))).toEqual(keys.map(() => undefined));
    const after = await store.nonces(tags, 60_000);
    expect(after.filter((nonce, i) => nonce === before[i])).toEqual([]);
  });

  test('gives the user a client for commands of his own', async () => {
    const keys = Array.from({ length: 20 }, newKey);
    await Promise.all(keys.map((key) => partition.client.set(key, `user's ${key}`)));
    expect(await Promise.all(keys.map((key) => partition.client.get(key)))).toEqual(
      keys.map((key) => `user's ${key}`),
    );
  });

  test('costs no connection before it is opened, and may be closed without that', async () => {
    const unused = openPartition(place.target, parts);
    expect([unused.client.status, unused.status().connected]).toEqual(['wait', false]);
    expect(unused.store.available(newKey())).toBe(false);
    await unused.close();
    expect(unused.client.status).toBe('end');
  });

  test('says how it is', async () => {
    expect(partition.status()).toEqual({ connected: true, breaker: 'closed', commandsInFlight: 0 });
    const reading = partition.store.read(newKey(), []);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(partition.status().commandsInFlight).toBe(1);
    await reading;
  });
});
