import { describe, expect, test } from '@jest/globals';
import type { LoadWorld } from './loads.fixture.js';
import { loadWorld, TTL } from './loads.fixture.js';

async function setUp(where: LoadWorld['where'], region: LoadWorld['region'] = {}) {
  const { pending: loads, ask: get, get: _, ...world } = await loadWorld({ where, region });
  /** Has a value stored, and lets it go stale. */
  const stale = async (value: string) => {
    await get();
    loads[0]?.end(value);
    await world.clock.advance(TTL);
    loads.length = 0;
  };
  return { ...world, loads, get, stale };
}

describe.each(['memory', 'Redis'] as const)('a hard timeout (%s)', (where) => {
  test('frees all who wait, aborts the signal and stores nothing of what comes late', async () => {
    const { clock, loads, get, cache, region, log, engine } = await setUp(where, { hardTimeout: 1_000 });
    const waiting = [await get(), await get(), await get()];
    await clock.advance(999);
    expect(loads[0]?.context.signal.aborted).toBe(false);
    await clock.advance(1);
    for (const { value } of waiting) expect(value).toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(loads[0]?.context.signal.aborted).toBe(true);
    expect(loads[0]?.context.signal.reason).toMatchObject({ code: 'LOAD_TIMEOUT' });
    loads[0]?.end('late');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBeUndefined();
    expect(log.count('load-failed')).toBe(1);
    expect(engine.flights.size).toBe(0);
  });

  test('frees the key: whoever comes next loads, and what it brings is stored', async () => {
    const { clock, loads, get, cache, region } = await setUp(where, { hardTimeout: 1_000 });
    await get();
    await clock.advance(1_000);
    const next = await get();
    loads[1]?.end('next');
    await clock.advance(0);
    expect(next.value).toBe('next');
    expect(await cache.get(region, ['a'])).toBe('next');
  });

  test('that is not reached leaves no timer behind', async () => {
    const { clock, loads, get } = await setUp('memory', { hardTimeout: 1_000 });
    await get();
    const timers = clock.timers;
    loads[0]?.end('in time');
    await clock.advance(0);
    expect(clock.timers).toBe(timers - 1);
  });

  test('answers with the stale value where there is one', async () => {
    const { clock, loads, get, stale } = await setUp(where, { hardTimeout: 1_000, failSafe: true });
    await stale('old');
    const answer = await get();
    await clock.advance(1_000);
    expect(answer.value).toBe('old');
    loads[0]?.end('late');
    await clock.advance(0);
    expect((await get()).value).toBe('old');
  });

  test('lets a load complete in the background where that is wanted: what it brings is stored', async () => {
    const { clock, loads, get, cache, region, log } = await setUp(where, {
      hardTimeout: 1_000,
      completeInBackground: true,
    });
    const answer = await get();
    await clock.advance(1_000);
    expect(answer.value).toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(loads[0]?.context.signal.aborted).toBe(false);
    await clock.advance(5_000);
    loads[0]?.end('late');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBe('late');
    expect([log.count('load-error'), log.count('refreshed'), log.count('loaded')]).toEqual([1, 1, 0]);
  });

  test('stores nothing of what completes in the background when an evict came between', async () => {
    const { clock, loads, get, cache, region } = await setUp(where, {
      hardTimeout: 1_000,
      completeInBackground: true,
    });
    await get();
    await clock.advance(2_000);
    await cache.evict(region, [['a']]);
    loads[0]?.end('late');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });

  test('gives a load in the background up in the end', async () => {
    const { clock, loads, get, engine } = await setUp(where, {
      hardTimeout: 1_000,
      completeInBackground: true,
    });
    await get();
    await clock.advance(1_000 + 30_000);
    expect(loads[0]?.context.signal.aborted).toBe(true);
    await engine.flights.settled();
  });

  test('aborts a batch when all its keys have overrun', async () => {
    const { clock, cache, region } = await setUp(where, { hardTimeout: 1_000 });
    let signal: AbortSignal | undefined;
    const batch = cache.getOrSetMany(region, [['a'], ['b']], (_, context) => {
      ({ signal } = context);
      return new Promise<string[]>(() => undefined);
    });
    const failed = batch.catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await failed).toMatchObject({ code: 'LOAD_TIMEOUT' });
    expect(signal?.aborted).toBe(true);
  });
});

describe('a hard timeout in a fleet', () => {
  test('gives the lease back: another process loads, and stores', async () => {
    const { clock, loads, get, start, cache, region } = await setUp('Redis', { hardTimeout: 1_000 });
    const other = await start();
    await get();
    const waiting = await other.ask();
    await clock.advance(999);
    expect(loads.length).toBe(1);
    await clock.advance(20);
    expect(loads.length).toBe(2);
    loads[1]?.end('other');
    await clock.advance(20);
    expect(waiting.value).toBe('other');
    expect(await cache.get(region, ['a'])).toBe('other');
  });
});

describe.each(['memory', 'Redis'] as const)('a soft timeout (%s)', (where) => {
  test('answers all who wait with the stale value, and the load goes on and is stored', async () => {
    const { clock, loads, get, stale, log, cache, region } = await setUp(where, {
      failSafe: true,
      softTimeout: 100,
    });
    await stale('old');
    const waiting = [await get(), await get()];
    await clock.advance(99);
    expect(waiting.map(({ value }) => value)).toEqual([undefined, undefined]);
    await clock.advance(1);
    expect(waiting.map(({ value }) => value)).toEqual(['old', 'old']);
    expect((await get()).value).toBe('old');
    expect(loads.length).toBe(1);
    loads[0]?.end('new');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBe('new');
    expect([log.count('stale'), log.count('refreshed')]).toEqual([1, 1]);
  });

  test('of nothing answers at once: stale while revalidating', async () => {
    const { clock, loads, get, stale } = await setUp(where, { failSafe: true, softTimeout: 0 });
    await stale('old');
    expect((await get()).value).toBe('old');
    expect((await get()).value).toBe('old');
    expect(loads.length).toBe(1);
    loads[0]?.end('new');
    await clock.advance(0);
    expect((await get()).value).toBe('new');
  });

  test('does nothing where no stale value is there, nor where the load is fast', async () => {
    const { clock, loads, get, stale } = await setUp(where, { failSafe: true, softTimeout: 100 });
    const first = await get('b');
    await clock.advance(1_000);
    expect(first.value).toBeUndefined();
    loads[0]?.end('b');
    loads.length = 0;
    await stale('old');
    const answer = await get();
    const { timers } = clock;
    loads[0]?.end('new');
    await clock.advance(0);
    expect(answer.value).toBe('new');
    expect(clock.timers).toBeLessThan(timers);
  });

  test('does not answer with what was evicted while it waited', async () => {
    const { clock, loads, get, stale, cache, region } = await setUp(where, {
      failSafe: true,
      softTimeout: 100,
    });
    await stale('old');
    const answer = await get();
    await cache.evict(region, [['a']]);
    await clock.advance(100);
    expect(answer.value).toBeUndefined();
    loads[0]?.end('new');
    await clock.advance(0);
    expect(answer.value).toBe('new');
  });

  test('and a load that fails after it: nobody is told, and the loader is left alone', async () => {
    const { clock, loads, get, stale } = await setUp(where, { failSafe: true, softTimeout: 0 });
    await stale('old');
    await get();
    loads[0]?.fail(new Error('the database is down'));
    await clock.advance(0);
    expect((await get()).value).toBe('old');
    await clock.advance(29_000);
    expect((await get()).value).toBe('old');
    expect(loads.length).toBe(1);
  });

  test('of nothing answers a batch at once, and loads once for all its stale keys', async () => {
    const { clock, stale, cache, region } = await setUp(where, { failSafe: true, softTimeout: 0 });
    await cache.set(region, ['b'], 'old b');
    await stale('old');
    const asked: unknown[] = [];
    const load = (missing: readonly (readonly [string])[]) => {
      asked.push(missing.map(([id]) => id));
      return Promise.resolve(missing.map(([id]) => `new ${id}`));
    };
    const keys: [string][] = where === 'memory' ? [['a'], ['b']] : [['a']];
    const values = cache.getOrSetMany(region, keys, load);
    await clock.advance(0);
    expect((await values)[0]).toBe('old');
    await clock.advance(0);
    expect(asked).toEqual([keys.map(([id]) => id)]);
    expect(await cache.get(region, ['a'])).toBe('new a');
  });
});

describe('stale values in a fleet', () => {
  test('answer at once those whose key another process is loading', async () => {
    const { clock, loads, get, stale, start } = await setUp('Redis', { failSafe: true, softTimeout: 500 });
    const other = await start();
    await stale('old');
    await get();
    expect((await other.ask()).value).toBe('old');
    expect(other.log.of('stale')).toMatchObject([{ why: 'waiting' }]);
    expect(loads.length).toBe(1);
    loads[0]?.end('new');
    await clock.advance(0);
    expect((await other.ask()).value).toBe('new');
  });

  test('are counted once each, also when another process has stored a new value meanwhile', async () => {
    const { clock, loads, get, stale, start, client, log } = await setUp('Redis', {
      failSafe: true,
      softTimeout: 0,
    });
    const other = await start();
    await stale('old');
    const requests = ['stale', 'redis-hit', 'loaded', 'joined', 'load-error'];
    const counted = () => requests.reduce((sum, type) => sum + log.count(type), 0);
    const before = counted();
    client.hold('commands');
    const answer = await get();
    client.resumeOne('commands');
    await clock.advance(0);
    await other.ask();
    loads[0]?.end('new');
    await clock.advance(0);
    client.resume('commands');
    await clock.advance(20);
    expect(answer.value).toBe('old');
    expect((await get()).value).toBe('new');
    expect([counted() - before, log.count('stale'), loads.length]).toEqual([1, 1, 1]);
  });
});
