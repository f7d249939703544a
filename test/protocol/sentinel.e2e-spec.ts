import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import { boot, closeAll, isConnected, until } from '../support/app.js';
import { RedisSentinels } from '../support/redis-sentinels.js';

const { row } = defineRegions('sentinel', {
  row: region<[id: string], number>({ tags: ['rows'], ttl: '1h' }),
});

let set: RedisSentinels;

beforeAll(async () => {
  set = await RedisSentinels.start();
});

afterEach(closeAll);

afterAll(() => set.stop());

async function start() {
  const redis = { sentinels: set.sentinels, sentinelName: set.name };
  const booted = await boot({ cache: { redis, prefix: 'app', redisBudget: '2s' } });
  await isConnected(booted);
  return booted.get(CacheService);
}

const reconnected = (caches: readonly CacheService[]) =>
  until(async () => {
    const outcomes = await Promise.all(caches.map((cache) => cache.evict(row, [['probe']])));
    return outcomes.every((outcome) => outcome === 'confirmed');
  }, 'all have found the new master');

describe('behind Sentinel', () => {
  test.each(['graceful', 'kill'] as const)(
    'a failover (%s) fails no call, undoes no confirmed evict, and leaves the rest of the cache warm',
    async (how) => {
      const caches = [await start(), await start()];
      const [one, other] = caches as [CacheService, CacheService];
      await one.getOrSet(row, ['kept'], () => 1);
      await one.getOrSet(row, ['evicted'], () => 1);
      await until(async () => (await other.get(row, ['kept'])) === 1, 'the value is stored');
      expect(await one.evict(row, [['evicted']], { confirm: 'replicated' })).toBe('confirmed');
      // the replica must know what it keeps, and have been seen alive since it started
      await new Promise((resolve) => setTimeout(resolve, 1_500));

      let failed = 0;
      let over = false;
      const traffic = async (cache: CacheService) => {
        for (let i = 0; !over; i++) {
          await cache.getOrSet(row, [`traffic ${i % 50}`], () => i).catch(() => failed++);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      };
      const running = caches.map(traffic);
      await set.failover(how);
      await reconnected(caches);
      over = true;
      await Promise.all(running);

      expect(failed).toBe(0);
      for (const cache of caches) {
        expect(await cache.get(row, ['evicted'])).toBeUndefined();
        expect(await cache.getOrSet(row, ['kept'], () => 2)).toBe(1);
      }
    },
  );
});
