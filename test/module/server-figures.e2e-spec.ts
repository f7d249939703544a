import { afterEach, expect, jest, test } from '@jest/globals';
import { CacheService, Region } from 'nuthatch';
import type { CacheStats, RedisTarget } from 'nuthatch';
import { bootHttp, closeAll, isConnected, until } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(60_000);

const seeds = new Region<[string], string>('seeds', {});

afterEach(closeAll);

async function run(redis: RedisTarget | undefined) {
  const booted = await bootHttp({
    cache: { ...(redis && { redis }), monitoring: { public: true }, redisBudget: '5s', regions: [seeds] },
  });
  await isConnected(booted);
  const ask = async () => (await fetch(`${booted.url}/cache/stats`)).json() as Promise<CacheStats>;
  const servers = async () => (await ask()).instance.redis.servers;
  return { ...booted, servers };
}

test('The statistics tell of the server how full it is, and what it has removed', async () => {
  const server = await RedisServer.start({
    args: ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction'],
  });
  const { servers, log, get } = await run({ url: server.url });
  await get(CacheService).set(seeds, ['oak'], 'acorn');
  const infos = async () =>
    /cmdstat_info:calls=(\d+)/.exec(await server.command('INFO', 'commandstats'))?.[1];
  await until(async () => (await servers()) !== null, 'the server was asked');
  const before = Number(await infos());
  const told = await servers();
  expect(told).toEqual([
    {
      server: `127.0.0.1:${server.port}`,
      usedMemoryBytes: expect.any(Number),
      maxMemoryBytes: 64 * 1_048_576,
      maxMemoryPolicy: 'noeviction',
      evictedKeys: 0,
      expiredKeys: expect.any(Number),
      keys: expect.any(Number),
    },
  ]);
  expect(told?.[0]?.usedMemoryBytes).toBeGreaterThan(100_000);
  expect(told?.[0]?.keys).toBeGreaterThan(1);
  // of the calls since then only the count itself is one
  expect(Number(await infos())).toBe(before + 1);
  expect(log.lines.filter((line) => line.includes('noeviction'))).toHaveLength(1);
  expect(log.about('noeviction')).toEqual([]);
  await closeAll();
  await server.stop();
});

test('Of a Cluster they tell of every master', async () => {
  const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
  const { servers } = await run({ cluster: cluster.nodes });
  await until(async () => (await servers())?.length === 3, 'the masters were asked');
  expect((await servers())?.map(({ server }) => server).sort()).toEqual(
    cluster.nodes.map(({ host, port }) => `${host}:${port}`).sort(),
  );
  await closeAll();
  await cluster.stop();
});

test('Without Redis there is nothing to tell', async () => {
  const booted = await bootHttp({ cache: { monitoring: { public: true }, regions: [seeds] } });
  const { instance } = (await (await fetch(`${booted.url}/cache/stats`)).json()) as CacheStats;
  expect(instance.redis.servers).toBeNull();
});
