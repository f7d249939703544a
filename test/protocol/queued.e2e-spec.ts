import { describe, expect, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import { boot, isConnected, until } from '../support/app.js';
import { useProxiedRedis } from '../support/proxied-redis.js';

const { seeds } = defineRegions('queued', {
  seeds: region<[id: string], number>({ memory: false, ttl: '1h', tags: (id) => [`tree:${id}`] }),
});

const place = useProxiedRedis();

/** An application that reaches Redis through the proxy, and one that always reaches it. */
async function start() {
  const cache = { prefix: 'app', redisBudget: '2s' } as const;
  const cut = await boot({ cache: { ...cache, redis: { url: place.proxy.url } } });
  const whole = await boot({ cache: { ...cache, redis: { url: place.redis.url } } });
  for (const app of [cut, whole]) await isConnected(app);
  return { cut: cut.get(CacheService), whole: whole.get(CacheService) };
}

const WAYS: readonly { how: string; undo: (cache: CacheService) => Promise<string> }[] = [
  { how: 'an evict', undo: (cache) => cache.evict(seeds, [['a']]) },
  { how: 'a tag', undo: (cache) => cache.invalidateTags('tree:a') },
  { how: 'a whole region', undo: (cache) => cache.clear(seeds) },
  { how: 'a write that ends', undo: (cache) => cache.set(seeds, ['a'], 2) },
];

describe('what could not be sent while Redis could not be reached', () => {
  test.each(WAYS)('is queued, and made up for before this process reads again: $how', async ({ undo }) => {
    const { cut, whole } = await start();
    expect(await whole.set(seeds, ['a'], 1)).toBe('confirmed');
    expect(await cut.get(seeds, ['a'])).toBe(1);

    place.proxy.refuse();
    place.proxy.cut();
    await until(async () => (await cut.get(seeds, ['a'])) === undefined, 'the connection is lost');
    expect(await undo(cut)).toBe('queued');
    expect(await whole.get(seeds, ['a'])).toBe(1);

    place.proxy.accept();
    await until(async () => (await cut.set(seeds, ['other'], 1)) === 'confirmed', 'Redis is reached again');
    expect(await cut.get(seeds, ['a'])).toBeUndefined();
    expect(await whole.get(seeds, ['a'])).toBeUndefined();
  });

  test('is queued also when the answer was lost, and a restart of nothing is needed', async () => {
    const { cut, whole } = await start();
    await whole.set(seeds, ['a'], 1);
    place.proxy.swallow('replies');
    expect(await cut.evict(seeds, [['a']])).toBe('queued');
    place.proxy.heal();
    await until(async () => (await cut.set(seeds, ['other'], 1)) === 'confirmed', 'Redis is reached again');
    expect([await cut.get(seeds, ['a']), await whole.get(seeds, ['a'])]).toEqual([undefined, undefined]);
  });
});
