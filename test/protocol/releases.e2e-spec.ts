import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import { boot, closeAll, isConnected, until } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const { row } = defineRegions('releases', {
  row: region<[id: string], string>({ memory: false, tags: ['rows'] }),
});

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});

afterEach(closeAll);

afterAll(() => redis.stop());

async function release(version: number) {
  const booted = await boot({
    cache: { redis: { url: redis.url }, prefix: 'app', redisBudget: '5s', version },
  });
  await isConnected(booted);
  return booted.get(CacheService);
}

describe('two releases that run side by side', () => {
  const WAYS: readonly { how: string; undo: (cache: CacheService) => Promise<string> }[] = [
    { how: 'an evict', undo: (cache) => cache.evict(row, [['a']]) },
    { how: 'a put', undo: (cache) => cache.set(row, ['a'], 'new') },
    { how: 'a tag', undo: (cache) => cache.invalidateTags('rows') },
    { how: 'a region', undo: (cache) => cache.clear(row) },
  ];

  test.each(WAYS)('have entries of their own, and undo each other’s: $how', async ({ undo }) => {
    const [old, young] = [await release(1), await release(2)];
    for (const [writer, reader] of [
      [old, young],
      [young, old],
    ] as const) {
      await Promise.all([old, young].map((cache) => cache.evict(row, [['a']])));
      expect(await reader.getOrSet(row, ['a'], () => 'before')).toBe('before');
      expect(await writer.get(row, ['a'])).toBeUndefined();
      expect(await undo(writer)).toBe('confirmed');
      expect(await reader.get(row, ['a'])).toBeUndefined();
    }
  });

  test('fence each other’s loads', async () => {
    const [old, young] = [await release(1), await release(2)];
    for (const [writer, reader, version] of [
      [old, young, 2],
      [young, old, 1],
    ] as const) {
      await reader.evict(row, [['b']]);
      let finish: (value: string) => void = () => undefined;
      const loading = reader.getOrSet(row, ['b'], () => new Promise<string>((go) => (finish = go)));
      const lease = `app:${version}:l:{releases.row:s1:b}`;
      await until(async () => (await redis.command('EXISTS', lease)) === '1', 'it loads');
      expect(await writer.evict(row, [['b']])).toBe('confirmed');
      finish('old');
      expect(await loading).toBe('old');
      expect(await reader.get(row, ['b'])).toBeUndefined();
    }
  });
});
