import { describe, expect, test } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { CacheService, defineRegions, region } from 'nuthatch';
import { PLACES, until, usePlace } from '../support/app.js';

const TTL_MS = 60_000;

describe.each(PLACES)('the life of an entry, %s', (name) => {
  const place = usePlace(name);
  const start = async () => {
    const regions = defineRegions('lives', {
      plain: region<[id: string], number>({ ttl: TTL_MS, memory: place.memory }),
      sliding: region<[id: string], number>({ ttl: 400, sliding: true, memory: place.memory }),
      slow: region<[id: string], number>({ ttl: '1h', nullTtl: 100, sliding: true, memory: place.memory }),
    });
    const { get } = await place.boot({ providers: [] });
    return { cache: get(CacheService), ...regions };
  };

  test('is told by ttl, and nothing is told of what is not there', async () => {
    const { cache, plain } = await start();
    expect(await cache.ttl(plain, ['a'])).toBeUndefined();
    await cache.getOrSet(plain, ['a'], () => 1);
    await until(async () => (await cache.ttl(plain, ['a'])) !== undefined, 'the entry is stored');
    const left = (await cache.ttl(plain, ['a'])) ?? 0;
    expect(left).toBeGreaterThan(TTL_MS - 10_000);
    expect(left).toBeLessThanOrEqual(TTL_MS);
  });

  test('is prolonged by touch, which creates nothing', async () => {
    const { cache, plain } = await start();
    expect(await cache.touch(plain, ['a'])).toBe(false);
    await cache.set(plain, ['a'], 1, { ttl: '10s' });
    expect(await cache.touch(plain, ['a'], { ttl: '1h' })).toBe(true);
    expect(await cache.ttl(plain, ['a'])).toBeGreaterThan(3_000_000);
    expect(await cache.get(plain, ['a'])).toBe(1);
    await cache.evict(plain, [['a']]);
    expect(await cache.touch(plain, ['a'])).toBe(false);
    expect(await cache.get(plain, ['a'])).toBeUndefined();
  });

  test('in a sliding region goes on for as long as it is read, and ends when it is not', async () => {
    const { cache, sliding } = await start();
    await cache.set(sliding, ['a'], 1);
    for (let i = 0; i < 20; i++) {
      expect(await cache.get(sliding, ['a'])).toBe(1);
      await pause(50);
    }
    await until(async () => {
      await pause(600);
      return (await cache.get(sliding, ['a'])) === undefined;
    }, 'what nobody reads expires');
  });

  test('in a sliding region stays as short as it was made, when it was made shorter than others', async () => {
    const { cache, sliding, slow } = await start();
    await cache.set(sliding, ['short'], 1, { ttl: 150 });
    for (let i = 0; i < 10; i++) {
      await cache.get(sliding, ['short']);
      await pause(30);
    }
    expect(await cache.get(sliding, ['short'])).toBeUndefined();
    expect(await cache.getOrSet(slow, ['none'], () => null as never)).toBeNull();
    await pause(150);
    expect(await cache.get(slow, ['none'])).toBeUndefined();
  });

  test('in a sliding region is prolonged by touch as much as asked for', async () => {
    const { cache, sliding } = await start();
    await cache.set(sliding, ['a'], 1);
    await pause(150);
    expect(await cache.touch(sliding, ['a'], { ttl: '1h' })).toBe(true);
    expect(await cache.ttl(sliding, ['a'])).toBeGreaterThan(3_000_000);
  });

  test('is ended by the list of its arguments, and by nothing that looks like it', async () => {
    const { cache, plain } = await start();
    await cache.set(plain, ['a'], 1);
    await expect(cache.evict(plain, ['a'] as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await cache.get(plain, ['a'])).toBe(1);
  });

  test('is over for readers after expire: the next one loads, and what was being loaded is not stored', async () => {
    const { cache, plain } = await start();
    let row = 1;
    const read = () => cache.getOrSet(plain, ['a'], () => row);
    expect(await read()).toBe(1);
    row = 2;
    expect(await read()).toBe(1);
    expect(await cache.expire(plain, [['a']])).toBe('confirmed');
    expect(await read()).toBe(2);
    expect(await read()).toBe(2);
  });
});

describe('setMany', () => {
  const place = usePlace('memory and Redis');
  const { many } = defineRegions('lives', { many: region<[id: number], { n: number }>() });

  test('writes all or, where one cannot be, nothing', async () => {
    const { get } = await place.boot({ providers: [] });
    const cache = get(CacheService);
    const entries = Array.from({ length: 300 }, (_, n): [[number], { n: number }] => [[n], { n }]);
    expect(await cache.setMany(many, entries)).toBe('confirmed');
    const keys = entries.map(([args]) => args);
    expect(await cache.getMany(many, keys)).toEqual(entries.map(([, value]) => value));
    const wrong = cache.setMany(many, [
      [[1_000], { n: 1 }],
      [[1_001], undefined as never],
    ]);
    await expect(wrong).rejects.toMatchObject({ code: 'NOT_STORABLE' });
    expect(await cache.get(many, [1_000])).toBeUndefined();
  });
});
