import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { callsDuring, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { RedisStore } from './redis-store.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: [] });
const NONCE = /^[\w-]+\.\d+:[\w-]+$/;

let server: RedisServer;
let link: ServerLink;
let store: RedisStore;

beforeAll(async () => {
  server = await RedisServer.start();
  const quiet = () => undefined;
  const events = { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet };
  const redis = createConnection({ url: server.url });
  link = new ServerLink(redis, { names, clock: systemClock, events, maxInFlight: 10_000 });
  store = new RedisStore(link, names, systemClock, 5_000);
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

const ttl = async (tag: string) => Number(await server.command('PTTL', names.tag(tag)));
/** The counter inside a nonce. */
const count = (nonce: string | null | undefined) => Number(/\.(\d+):/.exec(nonce ?? '')?.[1]);

describe('the nonces of tags', () => {
  test('are made when they are missing, under exactly these names, and stay', async () => {
    const first = await store.nonces(['#birds', '#seeds'], 60_000);
    for (const nonce of first) expect(nonce).toMatch(NONCE);
    const keys = (await server.command('KEYS', '*')).split('\n').sort();
    expect(keys).toEqual(['app:t:{#birds}', 'app:t:{#seeds}', 'app:tc']);
    expect(await store.nonces(['#birds', '#seeds'], 60_000)).toEqual(first);
    expect(await store.peekNonces(['#seeds', '#birds'])).toEqual([...first].reverse());
  });

  test('come in the order of the tags, old and new mixed', async () => {
    const [birds] = await store.nonces(['#birds'], 60_000);
    const [seeds, again, trees] = await store.nonces(['#seeds', '#birds', '#trees'], 60_000);
    expect(again).toBe(birds);
    expect(await store.peekNonces(['#trees', '#seeds'])).toEqual([trees, seeds]);
  });

  test('are not made by looking', async () => {
    expect(await store.peekNonces(['#birds'])).toEqual([null]);
    expect(await server.command('KEYS', '*')).toBe('');
  });

  test('of no tags cost nothing', async () => {
    const calls = await callsDuring(server, async () => {
      expect(await store.nonces([], 60_000)).toEqual([]);
      expect(await store.peekNonces([])).toEqual([]);
    });
    expect(calls).toEqual({});
  });

  test('live as long as was asked for, and are prolonged when less than half of that is left', async () => {
    await store.nonces(['#birds'], 10_000);
    expect(await ttl('#birds')).toBeGreaterThan(9_000);
    await store.nonces(['#birds'], 15_000);
    expect(await ttl('#birds')).toBeLessThanOrEqual(10_000);
    await store.nonces(['#birds'], 60_000);
    expect(await ttl('#birds')).toBeGreaterThan(50_000);
  });

  test('that were lost are made anew, never the same, never older', async () => {
    const seen = new Set<string>();
    let last = 0;
    for (let i = 0; i < 50; i++) {
      const [nonce = ''] = await store.nonces(['#birds'], 60_000);
      expect(seen.has(nonce)).toBe(false);
      expect(count(nonce)).toBeGreaterThan(last);
      seen.add(nonce);
      last = count(nonce);
      await server.command('DEL', 'app:t:{#birds}');
    }
  });

  test('belong to another epoch when the clock was lost with them', async () => {
    const [before = ''] = await store.nonces(['#birds'], 60_000);
    await server.command('DEL', 'app:t:{#birds}', 'app:tc');
    const [after = ''] = await store.nonces(['#birds'], 60_000);
    expect(after.split('.')[0]).not.toBe(before.split('.')[0]);
  });

  test('are made once when a hundred ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => store.nonces(['#birds'], 60_000)));
    expect(new Set(replies.flat()).size).toBe(1);
  });
});

describe('an invalidation of tags', () => {
  test('gives each of them a new nonce, later than the old one, and leaves the others alone', async () => {
    const before = await store.nonces(['#birds', '#seeds', '#trees'], 60_000);
    await store.invalidateTags(['#birds', '#seeds'], 30_000);
    const after = await store.peekNonces(['#birds', '#seeds', '#trees']);
    expect(after[2]).toBe(before[2]);
    for (const i of [0, 1]) {
      expect(after[i]).toMatch(NONCE);
      expect(after[i]).not.toBe(before[i]);
      expect(count(after[i])).toBeGreaterThan(count(before[i]));
    }
    expect(await ttl('#birds')).toBeGreaterThan(20_000);
    expect(await ttl('#birds')).toBeLessThanOrEqual(30_000);
  });

  test('of a tag that nobody has read yet makes its nonce all the same', async () => {
    await store.invalidateTags(['#birds'], 30_000);
    expect((await store.peekNonces(['#birds']))[0]).toMatch(NONCE);
  });

  test('is one command for a thousand tags, and reaches them all', async () => {
    const tags = Array.from({ length: 2_500 }, (_, i) => `#t${i}`);
    const before = await store.nonces(tags, 60_000);
    await store.invalidateTags(tags.slice(0, 1), 30_000);
    const calls = await callsDuring(server, () => store.invalidateTags(tags, 30_000));
    expect(calls).toMatchObject({ evalsha: 3, publish: 3 });
    const after = await store.peekNonces(tags);
    expect(after.filter((nonce, i) => nonce === null || nonce === before[i])).toEqual([]);
  });
});
