import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { decodeMessage } from './messages.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: ['1'] });
const K = 'seeds:s1:a';
const [W, T, V, L, OLD_V, OLD_L] = names.writeKeys(K) as [string, string, string, string, string, string];

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;
let subscriber: Redis;
const heard: unknown[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  const redis = createConnection({ url: server.url });
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
  await server.command('FLUSHALL');
  heard.length = 0;
});

const exists = async (...keys: string[]) => Number(await server.command('EXISTS', ...keys));
const put = (...keys: string[]) => server.command('MSET', ...keys.flatMap((key) => [key, `was ${key}`]));
const leaseKind = async () => (await store.lease(K, { token: 'loader', ms: 5_000, badId: '' })).kind;

/**
 * Runs a scenario of writers: 'begin A', 'begin A 5' (its marker lives 5 ms), 'expire' (waits until all markers of 5 ms
 * have run out), 'commit A', 'fail A' (commits nothing), 'evict'. Gives what each commit came to.
 */
async function play(scenario: string): Promise<Record<string, boolean>> {
  const stored: Record<string, boolean> = {};
  for (const step of scenario.split(', ')) {
    const [act, writer = '', ms = '5000'] = step.split(' ');
    const token = `token of writer ${writer}`;
    if (act === 'begin') await store.begin(K, token, Number(ms));
    else if (act === 'evict') await store.evict([K]);
    else if (act === 'fail') stored[writer] = await store.commit(K, token, null);
    else if (act === 'expire') await eventually(() => expired());
    else if (act === 'commit') {
      stored[writer] = await store.commit(K, token, { bytes: Buffer.from(writer), ttlMs: 5_000 });
    } else throw new Error(`no step ${step}`);
  }
  return stored;
}

/** Whether some marker has run out, by the server's clock. */
async function expired(): Promise<boolean> {
  if ((await exists(W)) === 0) return true;
  const [seconds, micros] = (await server.command('TIME')).split('\n').map(Number);
  const now = (seconds ?? 0) * 1_000 + Math.floor((micros ?? 0) / 1_000);
  return Number(await server.command('ZCOUNT', W, '-inf', `(${now}`)) > 0;
}

describe('a write that ends', () => {
  test.each([
    { scenario: 'begin A, commit A', stored: { A: true }, holds: 'A' },
    { scenario: 'begin A, commit A, begin B, commit B', stored: { A: true, B: true }, holds: 'B' },
    { scenario: 'evict, begin A, commit A', stored: { A: true }, holds: 'A' },
    { scenario: 'begin A, fail A', stored: { A: false }, holds: '' },
    { scenario: 'begin A, evict, commit A', stored: { A: false }, holds: '' },
    { scenario: 'begin A, begin B, commit A, commit B', stored: { A: false, B: false }, holds: '' },
    { scenario: 'begin A, begin B, commit B, commit A', stored: { A: false, B: false }, holds: '' },
    { scenario: 'begin A, begin B, fail A, commit B', stored: { A: false, B: false }, holds: '' },
    {
      scenario: 'begin A, begin B, commit A, begin C, commit B, commit C',
      stored: { A: false, B: false, C: false },
      holds: '',
    },
    {
      scenario: 'begin A, begin B, commit A, commit B, begin C, commit C',
      stored: { A: false, B: false, C: true },
      holds: 'C',
    },
    { scenario: 'begin A, evict, commit A, begin B, commit B', stored: { A: false, B: true }, holds: 'B' },
    { scenario: 'begin A, commit A, commit A', stored: { A: false }, holds: '' },
    { scenario: 'commit A', stored: { A: false }, holds: '' },
    // a marker that has run out
    { scenario: 'begin A 5, expire, commit A', stored: { A: false }, holds: '' },
    { scenario: 'begin A 5, expire, begin B, commit B', stored: { B: true }, holds: 'B' },
    {
      scenario: 'begin A 5, expire, begin B, commit A, commit B',
      stored: { A: false, B: false },
      holds: '',
    },
    { scenario: 'begin A 5, expire, begin B, commit B, commit A', stored: { A: false, B: true }, holds: '' },
    {
      scenario: 'begin A 5, begin B, expire, begin C, commit A, commit B, commit C',
      stored: { A: false, B: false, C: false },
      holds: '',
    },
    {
      scenario: 'begin A 5, begin B, expire, commit A, commit B',
      stored: { A: false, B: false },
      holds: '',
    },
    {
      scenario: 'begin A 5, begin B, expire, commit B, begin C, commit C',
      stored: { B: false, C: true },
      holds: 'C',
    },
  ])('stores only as the sole writer: $scenario', async ({ scenario, stored, holds }) => {
    await put(V, L);
    expect(await play(scenario)).toEqual(stored);
    expect(await server.command('GET', V)).toBe(holds);
    expect(await exists(L)).toBe(0);
  });

  test('leaves no marker behind when it was the last one', async () => {
    for (const scenario of [
      'begin A, commit A',
      'begin A, evict, fail A',
      'begin A, begin B, fail A, fail B',
    ]) {
      await play(scenario);
      expect(await server.command('KEYS', 'app:w:*')).toBe('');
    }
  });

  test('stores with the life that was asked for', async () => {
    await play('begin A, commit A');
    const ttl = Number(await server.command('PTTL', V));
    expect(ttl).toBeGreaterThan(4_000);
    expect(ttl).toBeLessThanOrEqual(5_000);
  });

  test('that holds no bytes is an evict', async () => {
    await put(V, L, T);
    expect(await store.commit(K, 'token', null)).toBe(false);
    expect(await exists(V, L, T)).toBe(0);
  });
});

describe('while a write runs', () => {
  test('nobody may load and store, and the marker holds the key for so long as the write may take', async () => {
    await put(V);
    await play('begin A');
    expect(await exists(V)).toBe(0);
    expect(await leaseKind()).toBe('writing');
    expect(await server.command('ZRANGE', W, '0', '-1')).toBe('token of writer A');
    const ttl = Number(await server.command('PTTL', W));
    expect(ttl).toBeGreaterThan(4_000);
    expect(ttl).toBeLessThanOrEqual(5_000);
  });

  test('a shorter one beside it does not shorten its marker', async () => {
    await play('begin A 5000, begin B 100');
    expect(Number(await server.command('PTTL', W))).toBeGreaterThan(4_000);
  });

  test('loads are granted again when it has ended, and when its process died', async () => {
    await play('begin A, fail A');
    expect(await leaseKind()).toBe('granted');
    await store.release(K, 'loader');
    await play('begin A 5');
    await eventually(leaseKind, (kind) => kind === 'granted');
  });

  test('the mark of an evict alone never outlives the writers', async () => {
    await play('begin A 5, evict, expire, begin B, evict, fail B');
    expect(await exists(W)).toBe(0);
  });
});

describe.each([
  { act: 'an evict', messages: 1, run: () => store.evict([K]) },
  { act: 'the begin of a write', messages: 1, run: () => store.begin(K, 'writer', 5_000) },
  { act: 'the end of a write', messages: 1, run: () => store.commit(K, 'writer', null) },
  {
    act: 'the end of a write that stores',
    messages: 2,
    run: async () => {
      await store.begin(K, 'writer', 5_000);
      await put(V, L, T, OLD_V, OLD_L);
      await store.commit(K, 'writer', { bytes: Buffer.from('new'), ttlMs: 5_000 });
    },
  },
])('$act', ({ run, messages }) => {
  test('deletes entry and lease of this version and of the one before, and the nonce of the key’s own tag', async () => {
    const others = ['app:2:v:{seeds:s1:b}', 'app:0:v:{seeds:s1:a}', 'app:t:{#birds}', 'app:t:{seeds:s1:b}'];
    await put(V, L, T, OLD_V, OLD_L, ...others);
    await run();
    expect(await exists(L, T, OLD_V, OLD_L)).toBe(0);
    expect(await server.command('GET', V)).not.toBe(`was ${V}`);
    expect(await exists(...others)).toBe(others.length);
  });

  test('tells everybody by the name of the key', async () => {
    await run();
    await server.command('PUBLISH', names.channel, 'tend');
    // the last word arrives as one that nobody understands
    await eventually(() => heard.length > 0 && heard.at(-1) === undefined);
    expect(heard).toEqual([...Array(messages).fill({ kind: 'keys', names: [K] }), undefined]);
  });
});

describe('an evict', () => {
  test('of many keys removes them all', async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `seeds:n${i}`);
    await put(...keys.map((key) => names.value(key)));
    await store.evict(keys);
    expect(await server.command('KEYS', '*')).toBe('');
  });

  test('of nothing leaves nothing behind', async () => {
    await store.evict([K]);
    expect(await server.command('KEYS', '*')).toBe('');
  });
});

describe('in a Cluster, where a marker announces what happened', () => {
  const MARKER = 'app:i:{seeds:s1:a}';
  let tracker: Redis;
  const tracked: string[] = [];

  beforeAll(async () => {
    tracker = createConnection({ url: server.url }, { protocol: 2 });
    await tracker.connect();
    const id = String(await tracker.client('ID'));
    await tracker.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', 'app:i:');
    await tracker.subscribe('__redis__:invalidate');
    tracker.on('messageBuffer', (_channel: Buffer, keys: Buffer[] | null) => {
      tracked.push(...(keys ?? []).map(String));
    });
  });

  afterAll(() => {
    tracker.disconnect();
  });

  test.each([
    { script: 'evict', args: [] },
    { script: 'begin', args: ['writer', 5_000] },
    { script: 'commit', args: ['writer', '1', ''] },
    { script: 'commit', args: ['writer', '5000', 'new'] },
  ] as const)(
    '$script tells of its marker once, leaves none, and does all else',
    async ({ script, args }) => {
      tracked.length = 0;
      if (args.length === 3 && args[2] !== '') await store.begin(K, 'writer', 5_000);
      await put(V, L, T, OLD_V, OLD_L);
      const keys = [...names.writeKeys(K), MARKER];
      const reply = await link.script({ script, keys, args: ['', '', ...args] });
      expect(reply).toBe(script === 'commit' && args[2] === '' ? 0 : 1);
      expect(await exists(L, T, OLD_V, OLD_L, MARKER)).toBe(0);
      expect(await exists(W)).toBe(script === 'begin' ? 1 : 0);
      await server.command('SET', 'app:i:end', '');
      await eventually(() => tracked.includes('app:i:end'));
      expect(tracked).toEqual([MARKER, 'app:i:end']);
      expect(heard.filter((message) => message === undefined)).toEqual([]);
    },
  );
});
