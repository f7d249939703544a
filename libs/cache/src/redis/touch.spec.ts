import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { AT_EXPIRY, envelopeId, readEnvelope, writeEnvelope } from '../codec/envelope.js';
import { EXPIRY_BYTES } from '../codec/envelope-expiry.js';
import { systemClock } from '../contracts/clock.js';
import type { EntryHeader } from '../contracts/entry.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { decodeMessage } from './messages.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: ['1', '3'] });
const K = 'seeds:s1:a';
const [W, T, V, L, ...OTHERS] = names.writeKeys(K) as [string, string, string, string, ...string[]];
const OTHER_VS = OTHERS.filter((_, i) => i % 2 === 0);
const OTHER_LS = OTHERS.filter((_, i) => i % 2 === 1);

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;
let redis: Redis;
let subscriber: Redis;
const heard: unknown[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  redis = createConnection({ url: server.url });
  link = new ServerLink(redis, { names, clock: systemClock, events, maxInFlight: 10_000 });
  store = RedisStore.on(link, { names, clock: systemClock, readTimeoutMs: 5_000, maxEntryBytes: 1_000_000 });
  link.open();
  subscriber = createConnection({ url: server.url }, { protocol: 2 });
  await subscriber.connect();
  await subscriber.subscribe(names.channel);
  subscriber.on('message', (_channel: string, text: string) => heard.push(decodeMessage(text)));
  await eventually(() => link.ready);
});

afterAll(async () => {
  subscriber.disconnect();
  await link.close();
  await server.stop();
});

beforeEach(async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await server.command('FLUSHALL');
  heard.length = 0;
});

const ID = Buffer.from(Array.from({ length: 16 }, (_, i) => 240 + i)).toString('latin1');
const FAR = 9_999_999_999_999.5;
const LIFE_MS = 60_000;

/** An entry's bytes: fresh for ages unless `part` says otherwise. */
function entry(part: Partial<EntryHeader> = {}): Buffer {
  const times = { createdAt: 1_700_000_000_000, softExpiry: FAR, hardExpiry: FAR + 10_000, loadMs: 3 };
  const header = { id: ID, epoch: '00ff112233445566', ...times, tags: [{ tag: K, nonce: '0.1:x' }], ...part };
  const bytes = Buffer.from('{"name":"größe \0 of a bird"}');
  return writeEnvelope(header, { bytes, codec: 'json', compression: 'none', typed: false, rawBytes: 28 });
}

function headerOf(bytes: Buffer | null): EntryHeader {
  const outcome = readEnvelope(bytes ?? Buffer.alloc(0));
  if (outcome.kind === 'invalid') throw new Error(`no entry: ${outcome.reason}`);
  return outcome.header;
}

/** An entry without its id and its expiry: what a script must leave as it was. */
const rest = (bytes: Buffer | null) => [
  bytes?.toString('latin1', 16, AT_EXPIRY),
  bytes?.toString('latin1', AT_EXPIRY + EXPIRY_BYTES),
];
const put = (key = V, bytes = entry()) => redis.set(key, bytes, 'PX', LIFE_MS);
const get = (key = V) => redis.getBuffer(key);
const ttl = (key = V) => redis.pttl(key);
const exists = (...keys: string[]) => redis.exists(...keys);
const touch = (id = ID, ttlMs = 90_000.2) =>
  store.touch(K, id, { softExpiry: FAR + 20_000.25, hardExpiry: FAR + 30_000.75, ttlMs });

/** Not a byte more fits in. */
async function fillUp(): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  await expect(server.command('SET', 'anything', 'x')).rejects.toThrow(/^OOM/);
}

describe('a touch', () => {
  test('gives the entry that was read new expiries and its key a new life, and changes nothing else', async () => {
    await put();
    expect(await touch()).toBe(true);
    const after = await get();
    expect(headerOf(after)).toEqual({
      ...headerOf(entry()),
      softExpiry: FAR + 20_000.25,
      hardExpiry: FAR + 30_000.75,
    });
    expect(rest(after)).toEqual(rest(entry()));
    expect(await ttl()).toBeGreaterThan(80_000);
    expect(await ttl()).toBeLessThanOrEqual(90_001);
  });

  test('may shorten a life too', async () => {
    await put();
    expect(await touch(ID, 1_000)).toBe(true);
    expect(await ttl()).toBeLessThanOrEqual(1_000);
  });

  test.each([
    { what: 'that was evicted', before: () => store.evict([K]) },
    { what: 'that is gone', before: () => redis.del(V) },
    {
      what: 'that was evicted and loaded anew',
      before: async () => {
        await store.evict([K]);
        await put(V, entry({ id: 'id of a newer 16' }));
      },
    },
    { what: 'that was made stale', before: () => store.expire([K]) },
    {
      what: 'that was stale already when it was made stale',
      before: async () => {
        await put(V, entry({ softExpiry: 1 }));
        await store.expire([K]);
      },
    },
    { what: 'whose place has too few bytes for one', before: () => put(V, entry().subarray(0, AT_EXPIRY)) },
  ])('does nothing to an entry $what', async ({ before }) => {
    await put();
    await before();
    const [bytes, life] = [await get(), await ttl()];
    expect(await touch()).toBe(false);
    expect(await get()).toEqual(bytes);
    expect(await ttl()).toBeLessThanOrEqual(life);
  });

  test('that names no entry makes none', async () => {
    expect(await touch('')).toBe(false);
    expect(await redis.keys('*')).toEqual([]);
  });

  test('deletes what is of another type, as every script does', async () => {
    await redis.rpush(V, ID);
    expect(await touch()).toBe(false);
    expect(await exists(V)).toBe(0);
  });

  test.each([0, -5])('with a life of %p ms leaves nothing that lives for ever', async (ttlMs) => {
    await put();
    expect(await touch(ID, ttlMs)).toBe(true);
    await eventually(
      () => exists(V),
      (count) => count === 0,
    );
  });

  test('goes through on a server without memory to spare', async () => {
    await put();
    await fillUp();
    expect(await touch()).toBe(true);
    expect(headerOf(await get()).softExpiry).toBe(FAR + 20_000.25);
  });

  test('tells nobody and touches no other version', async () => {
    await Promise.all([V, ...OTHER_VS].map((key) => put(key)));
    await touch();
    for (const key of OTHER_VS) expect(await get(key)).toEqual(entry());
    await server.command('PUBLISH', names.channel, 'tend');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([undefined]);
  });
});

describe('an expire', () => {
  test('ends the freshness of an entry for readers of whatever clock, and leaves its hard expiry, its payload and its key’s life', async () => {
    await put();
    await store.expire([K]);
    const after = await get();
    const { softExpiry, id, ...others } = headerOf(after);
    expect(softExpiry).toBe(0);
    expect(id).not.toBe(ID);
    expect({ ...others, softExpiry: FAR, id: ID }).toEqual(headerOf(entry()));
    expect(rest(after)).toEqual(rest(entry()));
    expect(await ttl()).toBeGreaterThan(LIFE_MS - 10_000);
    expect(await ttl()).toBeLessThanOrEqual(LIFE_MS);
  });

  test('reads and writes expiries of any bits', async () => {
    const bits = Buffer.alloc(8);
    const any = (i: number, j: number) => {
      bits.writeUInt32BE(Math.imul(i + 1, 0x9e3779b1 + j) >>> 0, 0);
      bits.writeUInt32BE(Math.imul(i + 7, 0x85ebca77 + j) >>> 0, 4);
      const double = bits.readDoubleBE();
      return Number.isNaN(double) ? Infinity : double;
    };
    const entries = Array.from({ length: 1_000 }, (_, i) => ({
      key: `seeds:n${i}`,
      softExpiry: any(i, 0),
      hardExpiry: any(i, 2),
    }));
    await redis.mset(entries.flatMap(({ key, ...times }) => [names.value(key), entry(times)]));
    await store.expire(entries.map(({ key }) => key));
    const after = await redis.mgetBuffer(entries.map(({ key }) => names.value(key)));
    entries.forEach(({ hardExpiry }, i) => {
      expect(headerOf(after[i] ?? null)).toMatchObject({ softExpiry: 0, hardExpiry });
    });
  });

  test('gives each time another id, so that a lease asks for the new bytes', async () => {
    await put();
    await store.expire([K]);
    const first = envelopeId((await get()) ?? Buffer.alloc(0));
    await store.expire([K]);
    const bytes = (await get()) ?? Buffer.alloc(0);
    expect(envelopeId(bytes)).not.toBe(first);
    expect(await store.lease(K, { token: 'loader', ms: 5_000, badId: first })).toEqual({
      kind: 'value',
      bytes,
    });
    expect(await store.lease(K, { token: 'loader', ms: 5_000, badId: envelopeId(bytes) })).toEqual({
      kind: 'granted',
    });
  });

  test.each([
    { what: 'an entry that is fresh', softExpiry: FAR },
    { what: 'an entry that is stale already', softExpiry: 1 },
  ])('fences the load that runs beside $what', async ({ softExpiry }) => {
    await put(V, entry({ softExpiry }));
    expect(await store.lease(K, { token: 'loader', ms: 5_000, badId: ID })).toEqual({ kind: 'granted' });
    await store.expire([K]);
    const bytes = await get();
    const loaded = { bytes: entry({ id: 'id of the loader' }), ttlMs: 5_000, tags: [] };
    expect(await store.fill(K, 'loader', loaded)).toBe(false);
    expect(await get()).toEqual(bytes);
    expect(await exists(L)).toBe(0);
  });

  test('fences the load of a key that has no entry, and leaves nothing behind', async () => {
    await store.lease(K, { token: 'loader', ms: 5_000, badId: '' });
    await store.expire([K]);
    expect(await redis.keys('*')).toEqual([]);
  });

  test('does the same for the versions beside ours, and for no other', async () => {
    const foreign = ['app:0:v:{seeds:s1:a}', names.value('seeds:s1:b')];
    for (const key of [V, ...OTHER_VS, ...foreign]) await put(key);
    await redis.mset([L, ...OTHER_LS, names.lease('seeds:s1:b')].flatMap((key) => [key, 'loader']));
    await store.expire([K]);
    for (const key of [V, ...OTHER_VS]) {
      expect(headerOf(await get(key)).softExpiry).toBe(0);
      expect(await ttl(key)).toBeGreaterThan(0);
    }
    expect(await exists(L, ...OTHER_LS)).toBe(0);
    for (const key of foreign) expect(await get(key)).toEqual(entry());
    expect(await exists(names.lease('seeds:s1:b'))).toBe(1);
  });

  test('spoils the write that runs, whose value may be as old as what is now stale', async () => {
    await store.begin(K, 'writer', 5_000);
    await store.expire([K]);
    expect(await store.commit(K, 'writer', { bytes: entry(), ttlMs: 5_000 })).toBe(false);
    expect(await exists(V, W)).toBe(0);
  });

  test('leaves the nonce of the key’s own tag alone', async () => {
    await redis.set(T, 'nonce');
    await store.expire([K]);
    expect(await redis.get(T)).toBe('nonce');
  });

  test.each<{ what: string; write: () => Promise<unknown> }>([
    { what: 'has another format', write: () => put(V, altered(16)) },
    { what: 'has an altered soft expiry', write: () => put(V, altered(AT_EXPIRY + 2)) },
    { what: 'has an altered hard expiry', write: () => put(V, altered(AT_EXPIRY + 15)) },
    { what: 'has an altered check', write: () => put(V, altered(AT_EXPIRY + 19)) },
    { what: 'ends within its expiry', write: () => put(V, entry().subarray(0, AT_EXPIRY + 5)) },
    { what: 'is a byte too short', write: () => put(V, entry().subarray(0, AT_EXPIRY + EXPIRY_BYTES - 1)) },
    { what: 'is a list', write: () => redis.rpush(V, entry()) },
  ])('deletes what cannot be made stale because it $what', async ({ write }) => {
    await write();
    await put(OTHER_VS[0]);
    await store.expire([K]);
    expect(await exists(V)).toBe(0);
    expect(headerOf(await get(OTHER_VS[0])).softExpiry).toBeLessThan(FAR);
  });

  test('tells everybody that the keys are stale, not gone', async () => {
    await put();
    await store.expire([K, 'seeds:s1:b']);
    await server.command('PUBLISH', names.channel, 'tend');
    // the last word arrives as one that nobody understands
    await eventually(() => heard.length > 0 && heard.at(-1) === undefined);
    expect(heard).toEqual([
      { kind: 'stale', names: [K] },
      { kind: 'stale', names: ['seeds:s1:b'] },
      undefined,
    ]);
  });

  test('sets and deletes the marker that comes last where there is no channel', async () => {
    const marker = `app:i:{${K}}`;
    for (const key of [V, ...OTHER_VS, marker]) await put(key);
    await redis.mset([L, ...OTHER_LS].flatMap((key) => [key, 'loader']));
    await link.script({
      script: 'expire',
      keys: [W, V, L, ...OTHERS, marker],
      args: ['', '', Buffer.alloc(16, 7)],
    });
    for (const key of [V, ...OTHER_VS]) expect(headerOf(await get(key)).softExpiry).toBeLessThan(FAR);
    expect(await exists(marker, L, ...OTHER_LS)).toBe(0);
  });

  test('goes through on a server without memory to spare', async () => {
    await put();
    await redis.set(L, 'loader');
    await fillUp();
    await store.expire([K]);
    expect(headerOf(await get()).softExpiry).toBeLessThan(FAR);
    expect(await exists(L)).toBe(0);
  });
});

/** An entry with one byte that is not as it was. */
function altered(at: number): Buffer {
  const bytes = entry();
  bytes[at]! ^= 1;
  return bytes;
}
