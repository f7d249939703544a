import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { storeContract } from '../testing/contracts/store.js';
import type { RedisTarget } from './connection.js';
import { KeyNames } from './key-names.js';
import type { PartitionParts, RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const MAX_BYTES = 1_000_000;
const ENTRY = Buffer.from('id of 16 bytes..and the rest');

const ID = 'id of 16 bytes..';
const A = 'token of loader A';

const quiet = () => undefined;
const parts: PartitionParts = {
  clock: systemClock,
  naming: { prefix: 'app', version: '2', alsoEvict: ['1'] },
  maxInFlight: 10_000,
  readTimeoutMs: 5_000,
  maxEntryBytes: MAX_BYTES,
  topologyEveryMs: 1_000,
  resume: async () => 'resume',
  events: { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet },
};

/** Where a store is, and how to end what serves it. */
interface Place {
  readonly target: RedisTarget;
  /** Has all servers answer nothing for a while. */
  pause(ms: number): Promise<unknown>;
  stop(): Promise<void>;
}

const places = [
  {
    name: 'one server',
    start: async (): Promise<Place> => {
      const server = await RedisServer.start();
      const pause = (ms: number) => server.command('CLIENT', 'PAUSE', String(ms));
      return { target: { url: server.url }, pause, stop: () => server.stop() };
    },
  },
  {
    name: 'a Cluster of three masters',
    start: async (): Promise<Place> => {
      const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
      const pause = (ms: number) =>
        Promise.all(cluster.nodes.map(({ port }) => cluster.command(port, 'CLIENT', 'PAUSE', String(ms))));
      return { target: { cluster: cluster.nodes }, pause, stop: () => cluster.stop() };
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

  storeContract('keeps the promises of a store', {
    create: () => ({ store: partition.store }),
    damage: async (key) => {
      await partition.client.lpush(new KeyNames(parts.naming).value(key), 'not', 'a', 'text');
    },
  });

  /** A key that no other test uses, on any of the servers. */
  const newKey = () => `birds:n${++count}`;
  const newTags = (howMany: number) => Array.from({ length: howMany }, () => `#birds${++count}`);
  const stored = async (key: string) => (await partition.store.read(key, [])).bytes?.toString();

  async function filled(key: string, bytes: Buffer = ENTRY): Promise<void> {
    const token = randomBytes(16).toString('latin1');
    await partition.store.lease(key, { token, ms: 5_000, badId: '' });
    expect(await partition.store.fill(key, token, { bytes, ttlMs: 60_000, tags: [] })).toBe(true);
  }

  test('reads many keys at once, each caller its own', async () => {
    const keys = Array.from({ length: 300 }, newKey);
    await Promise.all(
      keys.filter((_, i) => i % 3 === 0).map((key) => filled(key, Buffer.from(`of ${key}`.padEnd(20)))),
    );
    const texts = await Promise.all(keys.map(stored));
    expect(texts).toEqual(keys.map((key, i) => (i % 3 === 0 ? `of ${key}`.padEnd(20) : undefined)));
  });

  describe('of what is too long to be an entry', () => {
    const long = Buffer.alloc(MAX_BYTES + 1, ENTRY);
    const lengthOf = (key: string) => partition.store.read(key, []).then(({ bytes }) => bytes?.length);

    test('gives the id only, and deletes it', async () => {
      const [key, longest] = [newKey(), newKey()];
      await filled(key, long);
      await filled(longest, long.subarray(1));
      const { bytes } = await partition.store.read(key, []);
      expect(bytes?.toString()).toBe(ID);
      expect(bytes?.buffer.byteLength).toBeLessThan(10_000);
      expect(await lengthOf(key)).toBeUndefined();
      expect(await lengthOf(longest)).toBe(MAX_BYTES);
    });

    test('tells the id to one who asks for a lease and did not know of it', async () => {
      const { store } = partition;
      const key = newKey();
      await filled(key, long);
      const ask = (badId: string) => store.lease(key, { token: A, ms: 5_000, badId });
      expect(await ask('')).toEqual({ kind: 'value', bytes: Buffer.from(ID) });
      expect(await ask(ID)).toEqual({ kind: 'granted' });
      await store.evict([key]);
      await filled(key, long);
      expect(await ask(ID)).toEqual({ kind: 'granted' });
      expect(await lengthOf(key)).toBeUndefined();
    });

    test('deletes it too when it comes too late, and leaves a trace for the next who reads', async () => {
      const hasty = openPartition(place.target, { ...parts, readTimeoutMs: 20 });
      hasty.open();
      await eventually(() => hasty.status().connected);
      const key = newKey();
      await filled(key, long);
      await place.pause(200);
      const read = hasty.store.read(key, []);
      await expect(read).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' });
      const kept = new KeyNames(parts.naming).value(key);
      await eventually(async () => (await partition.client.strlen(kept)) === 0);
      expect(await partition.client.exists(kept)).toBe(1);
      expect(await partition.client.pttl(kept)).toBeGreaterThan(0);
      expect(await lengthOf(key)).toBe(0);
      expect(await partition.store.lease(key, { token: A, ms: 5_000, badId: '' })).toEqual({
        kind: 'granted',
      });
      await hasty.close();
    });
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
    expect(partition.status()).toEqual({
      connected: true,
      breaker: 'closed',
      commandsInFlight: 0,
      degraded: [],
    });
    const reading = partition.store.read(newKey(), []);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(partition.status().commandsInFlight).toBe(1);
    await reading;
  });
});
