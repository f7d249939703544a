import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import { boot, closeAll, isConnected, until } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

const { row } = defineRegions('replicated', { row: region<[id: string], number>({ tags: ['rows'] }) });

let master: RedisServer;
let replica: RedisServer;

beforeAll(async () => {
  const servers = await RedisServer.startAll([{}, {}]);
  [master, replica] = servers as [RedisServer, RedisServer];
  await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
  await until(
    async () => (await master.command('INFO', 'replication')).includes('state=online'),
    'the replica follows',
  );
});

afterEach(closeAll);

afterAll(() => Promise.all([master, replica].map((server) => server.stop())));

async function start() {
  const booted = await boot({ cache: { redis: { url: master.url }, prefix: 'app', redisBudget: '3s' } });
  await isConnected(booted);
  return booted.get(CacheService);
}

/** How something is undone, and the key that shows it on a server. */
interface Way {
  readonly how: string;
  readonly key: string;
  readonly undo: (cache: CacheService) => Promise<string>;
}

const WAYS: readonly Way[] = [
  {
    how: 'an evict',
    key: 'app:1:v:{replicated.row:s1:a}',
    undo: (cache) => cache.evict(row, [['a']], { confirm: 'replicated' }),
  },
  {
    how: 'a tag',
    key: 'app:t:{#rows}',
    undo: (cache) => cache.invalidateTags(['rows'], { confirm: 'replicated' }),
  },
  {
    how: 'a region',
    key: 'app:t:{@replicated.row}',
    undo: (cache) => cache.clear(row, { confirm: 'replicated' }),
  },
];

describe("confirm: 'replicated'", () => {
  test.each(WAYS)('is confirmed when a replica has it: $how', async ({ key, undo }) => {
    const cache = await start();
    await cache.set(row, ['a'], 1);
    await until(async () => (await replica.command('EXISTS', key)) === '1', 'the replica has the entry');
    const before = await replica.command('GET', key);
    expect(await undo(cache)).toBe('confirmed');
    expect(await replica.command('GET', key)).not.toBe(before);
    expect(await cache.get(row, ['a'])).toBeUndefined();
  });

  test.each(WAYS)('is queued when none says so in time, though the master has it: $how', async ({ undo }) => {
    const cache = await start();
    await cache.set(row, ['a'], 1);
    replica.freeze();
    try {
      expect(await undo(cache)).toBe('queued');
      expect(await cache.get(row, ['a'])).toBeUndefined();
    } finally {
      replica.thaw();
    }
  });

  test('keeps nobody else waiting', async () => {
    const cache = await start();
    replica.freeze();
    try {
      const evicted = cache.evict(row, [['b']], { confirm: 'replicated' });
      const asked = performance.now();
      expect(await cache.getOrSet(row, ['c'], () => 1)).toBe(1);
      expect(await cache.evict(row, [['c']])).toBe('confirmed');
      const waited = performance.now() - asked;
      const outcome = await evicted;
      expect([outcome, waited < performance.now() - asked]).toEqual(['queued', true]);
    } finally {
      replica.thaw();
    }
  });
});
