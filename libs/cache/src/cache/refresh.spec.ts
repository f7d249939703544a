import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { loadPolicy, PLAIN_LOADS } from '../contracts/load-policy.js';
import type { LoadWorld } from './loads.fixture.js';
import { loadWorld, TTL } from './loads.fixture.js';
import { refreshInMs } from './refresh.js';

const WHERE = ['memory', 'Redis'] as const;

afterEach(() => {
  jest.restoreAllMocks();
});

async function setUp(where: LoadWorld['where'], region: LoadWorld['region']) {
  const world = await loadWorld({ where, region });
  /** Has a value stored. */
  const stored = async (value: string) => {
    await world.ask();
    world.pending[0]?.end(value);
    await world.clock.advance(0);
    world.pending.length = 0;
  };
  return { ...world, stored };
}

describe.each(WHERE)('a value that is refreshed eagerly (%s)', (where) => {
  test('is loaded anew by the first hit after that share of its life, and nobody waits for that', async () => {
    const { clock, pending, ask, stored, cache, region, log } = await setUp(where, { eagerRefresh: 0.8 });
    await stored('old');
    await clock.advance(TTL * 0.8 - 1);
    expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(0);
    await clock.advance(1);
    for (let i = 0; i < 5; i++) expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(1);
    pending[0]?.end('new');
    await clock.advance(0);
    expect((await ask()).value).toBe('new');
    expect(log.count('refreshed')).toBe(1);
    await clock.advance(TTL * 0.7);
    expect(await cache.get(region, ['a'])).toBe('new');
  });

  test('answers those who only look, and batches, without being loaded', async () => {
    const { clock, pending, stored, cache, region } = await setUp(where, { eagerRefresh: 0.5 });
    await stored('old');
    await clock.advance(TTL * 0.9);
    expect(await cache.get(region, ['a'])).toBe('old');
    expect(await cache.ttl(region, ['a'])).toBeGreaterThan(0);
    const load = () => Promise.reject(new Error('nothing is missing'));
    expect(await cache.getOrSetMany(region, [['a']], load)).toEqual(['old']);
    expect(pending.length).toBe(0);
  });

  test('is not loaded anew again at once when its loader fails: it stays for its life', async () => {
    const { clock, pending, ask, stored, log } = await setUp(where, { eagerRefresh: 0.5 });
    await stored('old');
    await clock.advance(TTL * 0.5);
    await ask();
    pending[0]?.fail(new Error('the database is down'));
    await clock.advance(0);
    for (let i = 0; i < 5; i++) expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(1);
    expect([log.count('load-failed'), log.count('load-error')]).toEqual([1, 0]);
    await clock.advance(TTL * 0.5);
    const late = await ask();
    pending[1]?.end('new');
    await clock.advance(0);
    expect(late.value).toBe('new');
  });

  test('that is evicted while it is loaded anew is not brought back', async () => {
    const { clock, pending, ask, stored, cache, region } = await setUp(where, { eagerRefresh: 0.5 });
    await stored('old');
    await clock.advance(TTL * 0.5);
    await ask();
    await cache.evict(region, [['a']]);
    pending[0]?.end('too late');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });

  test('that overruns its hard timeout stays for its life', async () => {
    const { clock, pending, ask, stored } = await setUp(where, { eagerRefresh: 0.5, hardTimeout: 1_000 });
    await stored('old');
    await clock.advance(TTL * 0.5);
    await ask();
    await clock.advance(1_000);
    expect(pending[0]?.context.signal.aborted).toBe(true);
    expect((await ask()).value).toBe('old');
  });
});

describe('a value that is refreshed eagerly in a fleet', () => {
  test('is loaded anew by one process; the others take what it brought', async () => {
    const { clock, pending, ask, stored, start } = await setUp('Redis', { eagerRefresh: 0.5 });
    const other = await start();
    await stored('old');
    await other.ask();
    await clock.advance(TTL * 0.5);
    expect([(await ask()).value, (await other.ask()).value]).toEqual(['old', 'old']);
    expect(pending.length).toBe(1);
    pending[0]?.end('new');
    await clock.advance(1_001);
    expect((await other.ask()).value).toBe('old');
    await clock.advance(0);
    expect([(await ask()).value, (await other.ask()).value]).toEqual(['new', 'new']);
    expect(pending.length).toBe(1);
  });

  test('is loaded anew by hits in Redis too, where memory keeps nothing', async () => {
    const { clock, pending, ask, stored } = await setUp('Redis', { eagerRefresh: 0.5, memory: false });
    await stored('old');
    await clock.advance(TTL * 0.5);
    for (let i = 0; i < 3; i++) expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(1);
    pending[0]?.end('new');
    await clock.advance(0);
    expect((await ask()).value).toBe('new');
  });
});

describe('XFetch', () => {
  const policy = loadPolicy({ beta: 1 }, PLAIN_LOADS, 'a test');
  const life = { leftMs: 10_000, wholeMs: 60_000, loadMs: 100 };

  test('refreshes ahead of the end by a random length around the time of the load', () => {
    const ahead = Array.from({ length: 20_000 }, () => life.leftMs - refreshInMs(policy, life));
    const mean = ahead.reduce((sum, ms) => sum + ms, 0) / ahead.length;
    expect(Math.min(...ahead)).toBeGreaterThanOrEqual(0);
    expect(mean).toBeGreaterThan(95);
    expect(mean).toBeLessThan(105);
  });

  test('grows with beta and with the time of the load, and is never without beta', () => {
    jest.spyOn(Math, 'random').mockReturnValue(1 - Math.exp(-1));
    expect(refreshInMs(policy, life)).toBeCloseTo(9_900);
    expect(refreshInMs({ ...policy, beta: 3 }, life)).toBeCloseTo(9_700);
    expect(refreshInMs(policy, { ...life, loadMs: 1_000 })).toBeCloseTo(9_000);
    expect(refreshInMs(PLAIN_LOADS, life)).toBe(Infinity);
  });

  test.each(WHERE)('loads a value anew whose turn it is, by the time its load took (%s)', async (where) => {
    jest.spyOn(Math, 'random').mockReturnValue(1 - Math.exp(-1));
    const { clock, pending, ask } = await loadWorld({ where, region: { beta: 2 } });
    await ask();
    await clock.advance(3_000);
    pending[0]?.end('old');
    await clock.advance(TTL - 6_001);
    expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(1);
    await clock.advance(1);
    expect((await ask()).value).toBe('old');
    expect(pending.length).toBe(2);
  });
});

describe.each(WHERE)('jitter (%s)', (where) => {
  test('shortens the life of each value by chance, by its share at most, and never lengthens it', async () => {
    const { cache, region, get } = await loadWorld({ where, region: { jitter: 0.2 } });
    const ids = Array.from({ length: 200 }, (_, i) => `id${i}`);
    await Promise.all(ids.map((id) => get(id)));
    const lives = await Promise.all(ids.map((id) => cache.ttl(region, [id])));
    const known = lives.map((ms) => ms ?? 0);
    expect(Math.min(...known)).toBeGreaterThanOrEqual(TTL * 0.8);
    expect(Math.max(...known)).toBeLessThanOrEqual(TTL);
    expect(Math.max(...known) - Math.min(...known)).toBeGreaterThan(TTL * 0.1);
  });
});
