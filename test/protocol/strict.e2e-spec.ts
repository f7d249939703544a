import { describe, expect, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import { boot, isConnected, until } from '../support/app.js';
import { useProxiedRedis } from '../support/proxied-redis.js';

const { row, lax } = defineRegions('strict', {
  row: region<[id: string], number>({ strict: true, tags: ['rows'] }),
  lax: region<[id: string], number>({ tags: ['rows'] }),
});

const place = useProxiedRedis();

async function start(url: string, options = {}) {
  const cache = { redis: { url }, prefix: 'app', redisBudget: '5s', ...options } as const;
  const booted = await boot({ cache });
  await isConnected(booted);
  return booted.get(CacheService);
}

describe('a strict region', () => {
  test('answers no read with what another process had invalidated before it began, though nobody told this one', async () => {
    // only what the server is asked can be known: messages take longer than this test
    const slow = await start(place.proxy.url, { maxStaleness: '60s' });
    const other = await start(place.redis.url);
    for (const undo of [
      () => other.evict(row, [['a']]),
      () => other.invalidateTags('rows'),
      () => other.clear(row),
    ]) {
      for (let value = 1; value <= 50; value++) {
        await slow.getOrSet(row, ['a'], () => value);
        expect(await undo()).toBe('confirmed');
        expect(await slow.getOrSet(row, ['a'], () => -value)).toBe(-value);
        expect(await other.evict(row, [['a']])).toBe('confirmed');
      }
    }
  });

  test('is not answered by a load that began before', async () => {
    const cache = await start(place.redis.url);
    let finish: (value: number) => void = () => undefined;
    const first = cache.getOrSet(row, ['a'], () => new Promise<number>((resolve) => (finish = resolve)));
    await until(
      async () => (await place.redis.command('EXISTS', 'app:1:l:{strict.row:s1:a}')) === '1',
      'it loads',
    );
    expect(await cache.evict(row, [['a']])).toBe('confirmed');
    expect(await cache.getOrSet(row, ['a'], () => 2)).toBe(2);
    finish(1);
    expect(await first).toBe(1);
    expect(await cache.get(row, ['a'])).toBe(2);
  });

  test('is loaded once all the same', async () => {
    const [one, other] = [await start(place.redis.url), await start(place.redis.url)];
    let loads = 0;
    const load = async () => {
      loads++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return loads;
    };
    const reads = Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).getOrSet(row, ['a'], load));
    expect(new Set(await Promise.all(reads))).toEqual(new Set([1]));
    expect(loads).toBe(1);
  });

  test('loads each time while Redis is away', async () => {
    const cache = await start(place.proxy.url);
    await cache.getOrSet(row, ['a'], () => 1);
    place.proxy.refuse();
    place.proxy.cut();
    let value = 1;
    await until(async () => (await cache.getOrSet(row, ['a'], () => ++value)) > 1, 'Redis is away');
    const seen = value;
    expect(await cache.getOrSet(row, ['a'], () => ++value)).toBe(seen + 1);
  });
});

test('a region that is not strict may lag behind the messages of others, and no further', async () => {
  const [one, other] = [await start(place.proxy.url), await start(place.redis.url)];
  await until(async () => {
    await one.getOrSet(lax, ['a'], () => 1);
    return (await one.getOrSet(lax, ['a'], () => 2)) === 1;
  }, 'the value is in memory');
  place.proxy.delay(300, 'replies');
  expect(await other.evict(lax, [['a']])).toBe('confirmed');
  const evictedAt = performance.now();
  await until(async () => (await one.getOrSet(lax, ['a'], () => 2)) === 2, 'the message has come');
  expect(performance.now() - evictedAt).toBeLessThan(2_500);
});
