import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { callsDuring, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { TagNonce } from '../contracts/entry.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: ['1'] });
const KEY = 'seeds:s1:a';
const V = 'app:2:v:{seeds:s1:a}';
const L = 'app:2:l:{seeds:s1:a}';
const A = 'token of loader A';
const B = 'token of loader B';
const ENTRY = Buffer.from('id of 16 bytes..and the rest');
const ID = 'id of 16 bytes..';

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;

beforeAll(async () => {
  server = await RedisServer.start();
  link = new ServerLink(createConnection({ url: server.url }), {
    names,
    clock: systemClock,
    events: {
      onNewEpoch: () => undefined,
      onReady: () => undefined,
      onLost: () => undefined,
      onFailure: () => undefined,
      onBreaker: () => undefined,
    },
    maxInFlight: 10_000,
  });
  store = RedisStore.on(link, { names, clock: systemClock, readTimeoutMs: 5_000, maxEntryBytes: 1_000_000 });
  link.open();
  await eventually(() => link.ready);
});

afterAll(async () => {
  await link.close();
  await server.stop();
});

beforeEach(async () => {
  await server.command('FLUSHALL');
});

const lease = (token: string, badId = '', ms = 5_000) => store.lease(KEY, { token, ms, badId });
const fill = (token: string, bytes: Buffer, ttlMs: number, tags: TagNonce[] = []) =>
  store.fill(KEY, token, { bytes, ttlMs, tags });
const exists = async (...keys: string[]) => Number(await server.command('EXISTS', ...keys));
const ttl = async (key: string) => Number(await server.command('PTTL', key));

describe('a lease', () => {
  test('is granted to one, under exactly the name and with the life that was asked for', async () => {
    expect(await lease(A)).toEqual({ kind: 'granted' });
    expect(await server.command('KEYS', '*')).toBe(L);
    expect(await server.command('GET', L)).toBe(A);
    expect(await ttl(L)).toBeGreaterThan(4_000);
    expect(await ttl(L)).toBeLessThanOrEqual(5_000);
  });

  test('is granted to one of a hundred that ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => lease(`token ${i}`)));
    expect(replies.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
    expect(replies.filter(({ kind }) => kind === 'held')).toHaveLength(99);
  });

  test('that is held says how long it still lives', async () => {
    await lease(A);
    const reply = await lease(B);
    expect(reply).toEqual({ kind: 'held', remainingMs: expect.any(Number) });
    expect(reply.kind === 'held' && reply.remainingMs > 4_000 && reply.remainingMs <= 5_000).toBe(true);
    expect(await server.command('GET', L)).toBe(A);
  });

  test('is granted to the next when it has run out', async () => {
    await lease(A, '', 20);
    await eventually(
      () => lease(B),
      ({ kind }) => kind === 'granted',
    );
    expect(await server.command('GET', L)).toBe(B);
  });

  test('of any bytes is the same when it comes back', async () => {
    const token = Buffer.from(Array.from({ length: 16 }, (_, i) => 240 + i)).toString('latin1');
    await lease(token);
    expect(await store.renew(KEY, token, 9_000)).toBe(true);
    expect(await fill(token, ENTRY, 1_000)).toBe(true);
  });

  test('is not granted while there is a value: the value is the answer', async () => {
    await lease(A);
    await fill(A, ENTRY, 9_000);
    expect(await lease(B)).toEqual({ kind: 'value', bytes: ENTRY });
    expect(await exists(L)).toBe(0);
  });

  test('is granted beside a value that was found bad, and only to one that names that very value', async () => {
    await lease(A);
    await fill(A, ENTRY, 9_000);
    expect(await lease(B, 'id of an older..')).toEqual({ kind: 'value', bytes: ENTRY });
    expect(await lease(B, ID)).toEqual({ kind: 'granted' });
    const better = Buffer.from('id of better....value');
    expect(await fill(B, better, 9_000)).toBe(true);
    expect(await lease(A, ID)).toEqual({ kind: 'value', bytes: better });
  });

  test('is not granted twice for a value that was found bad by two', async () => {
    await lease(A);
    await fill(A, ENTRY, 9_000);
    const replies = await Promise.all([lease('one', ID), lease('two', ID)]);
    expect(replies.map(({ kind }) => kind).sort()).toEqual(['granted', 'held']);
  });

  test('is renewed by its holder and by nobody else', async () => {
    await lease(A, '', 1_000);
    expect(await store.renew(KEY, B, 60_000)).toBe(false);
    expect(await ttl(L)).toBeLessThanOrEqual(1_000);
    expect(await store.renew(KEY, A, 60_000)).toBe(true);
    expect(await ttl(L)).toBeGreaterThan(50_000);
  });

  test('that is gone is not brought back by a renewal', async () => {
    expect(await store.renew(KEY, A, 60_000)).toBe(false);
    expect(await exists(L)).toBe(0);
  });

  test('is given back by its holder and by nobody else', async () => {
    await lease(A);
    await store.release(KEY, B);
    expect(await exists(L)).toBe(1);
    await store.release(KEY, A);
    expect(await exists(L)).toBe(0);
  });
});

describe('a fill', () => {
  test('stores the bytes with their life and ends the lease', async () => {
    await lease(A);
    expect(await fill(A, ENTRY, 9_000.4)).toBe(true);
    expect(await server.command('KEYS', '*')).toBe(V);
    expect(await server.command('GET', V)).toBe(String(ENTRY));
    expect(await ttl(V)).toBeGreaterThan(8_000);
    expect(await ttl(V)).toBeLessThanOrEqual(9_001);
  });

  test.each([
    { what: 'without a lease', before: async () => undefined },
    { what: 'with the lease of another', before: async () => lease(B) },
    {
      what: 'after an evict',
      before: async () => {
        await lease(A);
        await store.evict([KEY]);
      },
    },
    {
      what: 'after a write has begun',
      before: async () => {
        await lease(A);
        await store.begin(KEY, 'writer', 1_000);
      },
    },
    {
      what: 'after it was evicted and another was granted the lease',
      before: async () => {
        await lease(A);
        await store.evict([KEY]);
        await lease(B);
      },
    },
    {
      what: 'after its lease ran out and another filled',
      before: async () => {
        await lease(A);
        await server.command('DEL', L);
        await lease(B);
        await fill(B, Buffer.from('of B'), 9_000);
      },
    },
  ])('$what is fenced and changes nothing', async ({ before }) => {
    await before();
    const state = async () => [
      await server.command('GET', V),
      await server.command('GET', L),
      await exists('app:w:{seeds:s1:a}'),
    ];
    const was = await state();
    expect(await fill(A, ENTRY, 9_000)).toBe(false);
    expect(await state()).toEqual(was);
  });

  test('is stored while its tags still have the nonces it carries', async () => {
    const [birds = '', seeds = ''] = await store.nonces(['#birds', '#seeds'], 60_000);
    await lease(A);
    const tags = [
      { tag: '#birds', nonce: birds },
      { tag: '#seeds', nonce: seeds },
    ];
    expect(await fill(A, ENTRY, 9_000, tags)).toBe(true);
    expect(await store.peekNonces(['#birds', '#seeds'])).toEqual([birds, seeds]);
  });

  test.each([
    { what: 'was invalidated', act: () => store.invalidateTags(['#seeds'], 60_000) },
    { what: 'was lost', act: () => server.command('DEL', 'app:t:{#seeds}') },
    { what: 'was overwritten', act: () => server.command('LPUSH', 'app:t:{#seeds}', 'x') },
  ])('is fenced when a tag $what since, and gives its lease back', async ({ act }) => {
    const [birds = '', seeds = ''] = await store.nonces(['#birds', '#seeds'], 60_000);
    await lease(A);
    await act().catch(async () => {
      await server.command('DEL', 'app:t:{#seeds}');
      await act();
    });
    const tags = [
      { tag: '#birds', nonce: birds },
      { tag: '#seeds', nonce: seeds },
    ];
    expect(await fill(A, ENTRY, 9_000, tags)).toBe(false);
    expect(await exists(V, L)).toBe(0);
  });

  test('that is sent twice stores once', async () => {
    await lease(A);
    const fills = [fill(A, ENTRY, 9_000), fill(A, ENTRY, 9_000)];
    expect(await Promise.all(fills)).toEqual([true, false]);
  });
});

describe('a read', () => {
  test('brings the bytes and the nonces of tags, without creating or prolonging any', async () => {
    await lease(A);
    await fill(A, ENTRY, 9_000);
    const [birds] = await store.nonces(['#birds'], 60_000);
    expect(await store.read(KEY, ['#birds', '#seeds'])).toEqual({ bytes: ENTRY, nonces: [birds, null] });
    expect(await store.read('seeds:s1:b', [])).toEqual({ bytes: null, nonces: [] });
    expect(await exists('app:t:{#seeds}')).toBe(0);
  });

  test('shares one MGET with all that start in the same tick, 128 names at most', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `seeds:n${i}`);
    const calls = await callsDuring(server, () => Promise.all(keys.map((key) => store.read(key, []))));
    expect(calls).toEqual({ mget: 3 });
  });

  test('of many keys gives each caller its own', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `seeds:n${i}`);
    for (const key of keys.filter((_, i) => i % 3 === 0)) {
      await server.command('SET', names.value(key), `of ${key}`);
    }
    const replies = await Promise.all(keys.map((key) => store.read(key, [])));
    const texts = replies.map(({ bytes }) => bytes?.toString());
    expect(texts).toEqual(keys.map((key, i) => (i % 3 === 0 ? `of ${key}` : undefined)));
  });
});

describe('the source of a script', () => {
  test('is sent again to a server that has forgotten it, and nobody notices', async () => {
    await lease(A);
    await server.command('SCRIPT', 'FLUSH');
    expect(await fill(A, ENTRY, 9_000)).toBe(true);
    await server.command('SCRIPT', 'FLUSH');
    const [nonce] = await store.nonces(['#birds'], 60_000);
    await server.command('SCRIPT', 'FLUSH');
    await store.evict([KEY]);
    expect(await exists(V)).toBe(0);
    await server.command('SCRIPT', 'FLUSH');
    await store.invalidateTags(['#birds'], 60_000);
    expect(await store.peekNonces(['#birds'])).not.toEqual([nonce]);
  });

  test('does not travel with every call', async () => {
    await lease('warm');
    const calls = await callsDuring(server, async () => {
      for (let i = 0; i < 20; i++) await lease(`token ${i}`);
    });
    expect(calls).toMatchObject({ evalsha: 20 });
    expect(calls).not.toHaveProperty('eval');
  });
});

test('a server that is distrusted is not read from before it was greeted again', async () => {
  expect(store.available(KEY)).toBe(true);
  store.distrust(KEY);
  await eventually(() => !store.available(KEY));
  await eventually(() => store.available(KEY));
  expect(await store.read(KEY, [])).toEqual({ bytes: null, nonces: [] });
});
