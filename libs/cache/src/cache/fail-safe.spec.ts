import { describe, expect, test } from '@jest/globals';
import type { CacheModuleOptions } from '../cache.options.js';
import type { LoadWorld } from './loads.fixture.js';
import { loadWorld, outcome, TTL } from './loads.fixture.js';

const THROTTLE = 30_000;

const setUp = (
  where: LoadWorld['where'],
  region: LoadWorld['region'] = {},
  module: CacheModuleOptions = {},
) => loadWorld({ where, region: { failSafe: true, ...region }, module });

const DOWN = new Error('the database is down');

describe.each(['memory', 'Redis'] as const)('a loader that fails (%s)', (where) => {
  test('is answered for by the stale value, and left alone for as long as throttle says', async () => {
    const { clock, source, get, log } = await setUp(where);
    expect(await get()).toBe('one');
    source.error = DOWN;
    await clock.advance(TTL);
    for (let i = 0; i < 5; i++) {
      expect(await get()).toBe('one');
      await clock.advance(THROTTLE / 5 - 1);
    }
    expect(source.loads).toBe(2);
    await clock.advance(5);
    expect(await get()).toBe('one');
    expect(source.loads).toBe(3);
    expect(log.count('load-failed')).toBe(2);
    expect(log.count('load-error')).toBe(0);
    expect(log.of('stale')[0]).toMatchObject({ why: 'failed' });
  });

  test('is tried again after that, and its value taken', async () => {
    const { clock, source, get } = await setUp(where);
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    await get();
    source.error = undefined;
    source.value = 'two';
    expect(await get()).toBe('one');
    await clock.advance(THROTTLE + 1);
    expect([await get(), await get()]).toEqual(['two', 'two']);
    expect(source.loads).toBe(3);
  });

  test('is not answered for once maxDuration is over, nor where there never was a value', async () => {
    const { clock, source, get, log } = await setUp(where, {
      failSafe: { maxDuration: 10_000, throttle: 1_000 },
    });
    await get();
    source.error = DOWN;
    expect(await outcome(get('never there'))).toBe(DOWN);
    await clock.advance(TTL + 9_999);
    expect(await get()).toBe('one');
    await clock.advance(1_001);
    expect(await outcome(get())).toBe(DOWN);
    expect(log.count('load-error')).toBe(2);
  });

  test.each(['evict', 'invalidateTags', 'clear'] as const)(
    'is never answered for by a value after %s',
    async (act) => {
      const { clock, source, get, cache, region } = await setUp(where, { tags: ['birds'] });
      await get();
      source.error = DOWN;
      await clock.advance(TTL);
      expect(await get()).toBe('one');
      if (act === 'evict') await cache.evict(region, [['a']]);
      else if (act === 'clear') await cache.clear(region);
      else await cache.invalidateTags('birds');
      expect(await outcome(get())).toBe(DOWN);
    },
  );

  test.each(['evict', 'invalidateTags'] as const)(
    'is not answered for when %s comes while it runs',
    async (act) => {
      const { clock, source, get, cache, region } = await setUp(where, { tags: ['birds'] });
      await get();
      await clock.advance(TTL);
      let fail: (error: unknown) => void = () => undefined;
      const failing = cache.getOrSet(
        region,
        ['a'],
        () => new Promise<string>((_, reject) => (fail = reject)),
      );
      await clock.advance(0);
      source.error = DOWN;
      if (act === 'evict') await cache.evict(region, [['a']]);
      else await cache.invalidateTags('birds');
      fail(DOWN);
      expect(await outcome(failing)).toBe(DOWN);
    },
  );

  test('is answered for only where shouldServe says so; one that throws does', async () => {
    const shouldServe = (error: unknown) => {
      if (error === 'odd') throw new Error('shouldServe itself fails');
      return error !== 'gone';
    };
    const { clock, source, get } = await setUp(where, { failSafe: { shouldServe, throttle: 1 } });
    await get();
    await clock.advance(TTL);
    source.error = 'gone';
    expect(await outcome(get())).toBe('gone');
    source.error = 'odd';
    expect(await get()).toBe('one');
  });

  test('fails all who wait for it, or is answered for to all of them, by one load', async () => {
    const { clock, source, get } = await setUp(where);
    await get();
    source.error = DOWN;
    const failed = await Promise.all(Array.from({ length: 10 }, () => outcome(get('other'))));
    expect(new Set(failed)).toEqual(new Set([DOWN]));
    await clock.advance(TTL);
    const answered = await Promise.all(Array.from({ length: 10 }, () => get()));
    expect(new Set(answered)).toEqual(new Set(['one']));
    expect(source.loads).toBe(3);
  });

  test('without fail-safe fails the call, stale value or not', async () => {
    const { clock, source, get } = await setUp(where, { failSafe: false }, { failSafe: true });
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    expect(await outcome(get())).toBe(DOWN);
  });

  test('is answered for in a batch, key by key', async () => {
    const { clock, source, get, cache, region, log } = await setUp(where);
    await get('a');
    source.error = DOWN;
    await clock.advance(TTL);
    const failing = () => cache.getOrSetMany(region, [['a'], ['b']], () => Promise.reject(DOWN));
    expect(await outcome(failing())).toBe(DOWN);
    expect(log.count('stale')).toBe(1);
    expect(await cache.getOrSetMany(region, [['a']], () => Promise.reject(DOWN))).toEqual(['one']);
  });

  test('inside a unit of work fails it: what is there may be from before the unit', async () => {
    const { clock, source, get, cache } = await setUp(where);
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    expect(await outcome(cache.afterCommit(() => get()))).toBe(DOWN);
  });
});

describe('a loader that fails in a fleet', () => {
  test('is left alone by every process, when one has tried', async () => {
    const { clock, source, start, get } = await setUp('Redis');
    const other = await start();
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    expect(await get()).toBe('one');
    await clock.advance(THROTTLE / 2);
    expect([await other.get(), await get()]).toEqual(['one', 'one']);
    expect(source.loads).toBe(2);
    await clock.advance(THROTTLE / 2 + 1);
    expect([await other.get(), await get()]).toEqual(['one', 'one']);
    expect(source.loads).toBe(3);
  });

  test('is left alone by those who waited for it', async () => {
    const { clock, source, start, get, cache, region } = await setUp('Redis');
    const other = await start();
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    let fail: (error: unknown) => void = () => undefined;
    const first = cache.getOrSet(region, ['a'], () => new Promise<string>((_, reject) => (fail = reject)));
    await clock.advance(0);
    const second = other.get();
    await clock.advance(20);
    fail(DOWN);
    await clock.advance(20);
    expect(await Promise.all([first, second])).toEqual(['one', 'one']);
    expect(source.loads).toBe(1);
  });

  test('sliding does not prolong what stands in for it', async () => {
    const { clock, source, get } = await setUp('Redis', { sliding: true });
    await get();
    source.error = DOWN;
    await clock.advance(TTL);
    for (let i = 0; i < 10; i++) {
      await get();
      await clock.advance(THROTTLE / 2);
    }
    expect(source.loads).toBeGreaterThanOrEqual(5);
  });
});

describe('while Redis is away, a loader that fails', () => {
  test('is answered for from memory as long as an invalidation would be heard of, and no longer', async () => {
    const { clock, source, client, get } = await setUp('Redis', { failSafe: { throttle: 1 } });
    await get();
    await clock.advance(TTL);
    source.error = DOWN;
    client.available = () => false;
    expect(await get()).toBe('one');
    await clock.advance(60_000);
    expect(await get()).toBe('one');
    client.leave();
    expect(await outcome(get())).toBe(DOWN);
  });

  test('is answered for from memory at any time where withoutChannel says so, and left alone', async () => {
    const { clock, source, client, get, log } = await setUp('Redis', { failSafe: { withoutChannel: true } });
    await get();
    await clock.advance(0);
    client.leave();
    source.error = DOWN;
    await clock.advance(TTL);
    for (let i = 0; i < 10; i++) {
      expect(await get()).toBe('one');
      await clock.advance(THROTTLE / 10);
    }
    expect(source.loads).toBe(2);
    expect(log.count('stale')).toBe(10);
    client.return();
    await clock.advance(500);
    expect(await get()).toBe('one');
  });

  test.each(['evict', 'invalidateTags'] as const)(
    'is not answered for by what this process knows is gone by %s',
    async (act) => {
      const { clock, source, client, get, cache, region } = await setUp('Redis', {
        failSafe: { withoutChannel: true },
        tags: ['birds'],
      });
      await get();
      await clock.advance(0);
      client.leave();
      source.error = DOWN;
      await clock.advance(TTL);
      expect(await get()).toBe('one');
      if (act === 'evict') await cache.evict(region, [['a']]);
      else await cache.invalidateTags('birds');
      expect(await outcome(get())).toBe(DOWN);
    },
  );

  test('is not answered for by what others may have made invalid meanwhile, once the channel is open again', async () => {
    const { clock, source, client, start, get, cache, region } = await setUp('Redis', {
      failSafe: { withoutChannel: true },
    });
    const other = await start();
    await get();
    await clock.advance(0);
    client.leave();
    source.error = DOWN;
    await clock.advance(TTL);
    expect(await get()).toBe('one');
    await other.cache.evict(region, [['a']]);
    client.return();
    await clock.advance(500);
    expect(await outcome(get())).toBe(DOWN);
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });
});

test('a strict region refuses fail-safe, and does without the one of the module', async () => {
  await expect(setUp('memory', { strict: true }).then(({ get }) => get())).rejects.toThrow(
    /failSafe of the region 'seeds' .* strict/,
  );
  const { clock, source, get } = await setUp(
    'Redis',
    { strict: true, failSafe: undefined as never },
    { failSafe: true },
  );
  await get();
  source.error = DOWN;
  await clock.advance(TTL);
  expect(await outcome(get())).toBe(DOWN);
});
