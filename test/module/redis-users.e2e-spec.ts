import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CacheService, Region } from 'nuthatch';
import type { CacheModuleOptions, CacheStats, RedisTarget } from 'nuthatch';
import { bootHttp, closeAll, isConnected, until } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(60_000);

const SECRET = 'hunter2-hunter2';
const seeds = new Region<[string], string>('seeds', { tags: ['forest'] });
const fresh = new Region<[string], string>('fresh', { strict: true });

afterEach(closeAll);

type Booted = Awaited<ReturnType<typeof bootHttp>>;

function run(redis: RedisTarget, extra: CacheModuleOptions = {}): Promise<Booted> {
  const monitoring = { public: true, health: true };
  return bootHttp({ cache: { redis, monitoring, redisBudget: '5s', regions: [seeds, fresh], ...extra } });
}

async function statsOf({ url }: Booted): Promise<CacheStats['instance']> {
  return ((await (await fetch(`${url}/cache/stats`)).json()) as CacheStats).instance;
}

const isUp = async (booted: Booted) => ((await statsOf(booted)).channel as { open: boolean }).open;
const cacheOf = (booted: Booted) => booted.get(CacheService);

/** A server whose owner gets in whatever becomes of the default user, and how to speak to it as that owner. */
async function guarded(): Promise<{ server: RedisServer; owner: Redis }> {
  const server = await RedisServer.start();
  await server.command('ACL', 'SETUSER', 'owner', 'on', 'nopass', '~*', '&*', '+@all');
  const owner = new Redis({ port: server.port, host: '127.0.0.1', username: 'owner', password: 'any' });
  return { server, owner };
}

const ALL = ['~*', '&*', '+@all'];
/** The rights of a user, as the README gives them. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  'no dangerous and administrative ones': [...ALL, '-@dangerous', '-@admin'],
  'those that are needed': [
    ...['~nuthatch:*', '&nuthatch:*', '&__redis__:invalidate'],
    ...['+@read', '+@write', '+@scripting', '+@pubsub', '+@connection', '+time'],
    ...['+cluster|slots', '+cluster|info', '-@dangerous'],
  ],
};

describe('a server that does not let us in', () => {
  let server: RedisServer;
  let owner: Redis;
  beforeEach(async () => {
    ({ server, owner } = await guarded());
  });
  afterEach(async () => {
    await closeAll();
    owner.disconnect();
    await server.stop();
  });

  const CASES: readonly {
    what: string;
    as: RedisTarget;
    before?: string[];
    repair: string[];
    says: string;
  }[] = [
    {
      what: 'the password is wrong',
      as: { username: 'app', password: SECRET },
      before: ['ACL', 'SETUSER', 'app', 'on', '>another', ...ALL],
      repair: ['ACL', 'SETUSER', 'app', `>${SECRET}`],
      says: 'Redis refuses the password or user name (WRONGPASS); requests are answered without it',
    },
    {
      what: 'the password of the default user is wrong',
      as: { password: SECRET },
      before: ['CONFIG', 'SET', 'requirepass', 'another'],
      repair: ['CONFIG', 'SET', 'requirepass', SECRET],
      says: 'Redis refuses the password or user name (WRONGPASS); requests are answered without it',
    },
    {
      what: 'there is no such user',
      as: { username: 'app', password: SECRET },
      repair: ['ACL', 'SETUSER', 'app', 'on', `>${SECRET}`, ...ALL],
      says: 'Redis refuses the password or user name (WRONGPASS); requests are answered without it',
    },
    {
      what: 'it asks for a password and we have none',
      as: {},
      before: ['CONFIG', 'SET', 'requirepass', SECRET],
      repair: ['CONFIG', 'SET', 'requirepass', ''],
      says: 'Redis asks for a password, and none is configured (NOAUTH); requests are answered without it',
    },
  ];

  test.each(CASES)(
    'because $what: said once without secrets, served without it, used when it is repaired',
    async ({ as, before = ['PING'], repair, says }) => {
      await owner.call(...(before as [string]));
      const booted = await run({ host: '127.0.0.1', port: server.port, ...as });
      const load = jest.fn(() => 'acorn');
      expect(await cacheOf(booted).getOrSet(seeds, ['oak'], load)).toBe('acorn');
      const tries = async () => Object.values((await statsOf(booted)).redis.connectionFailures)[0] ?? 0;
      await until(async () => (await tries()) >= 3, 'it has tried again');
      expect(booted.log.about('Redis')).toEqual([says]);
      expect(booted.log.lines.join('\n')).not.toContain(SECRET);
      expect(JSON.stringify(await statsOf(booted))).not.toContain(SECRET);

      await owner.call(...(repair as [string]));
      await isConnected(booted);
      await until(() => isUp(booted), 'invalidations of others are heard');
      expect(booted.log.about('Redis')).toEqual([says]);
    },
  );

  test.each([
    { what: 'no SUBSCRIBE', rights: ['-subscribe'], repair: ['+subscribe'] },
    { what: 'no channels', rights: ['resetchannels'], repair: ['&*'] },
  ])('to the channel ($what): said once, served, used when it is repaired', async ({ rights, repair }) => {
    await owner.acl('SETUSER', 'app', 'on', `>${SECRET}`, ...ALL, ...rights);
    const booted = await run({ host: '127.0.0.1', port: server.port, username: 'app', password: SECRET });
    expect(await cacheOf(booted).getOrSet(seeds, ['oak'], () => 'acorn')).toBe('acorn');
    await until(async () => (await statsOf(booted)).channel.gaps > 0, 'it was refused');
    await until(async () => ((await statsOf(booted)).redis.commandFailures.NOPERM ?? 0) > 2, 'and again');
    const says = 'Redis forbids its user a command or key (NOPERM); requests are answered without it';
    expect(booted.log.about('Redis')).toEqual([says]);
    await owner.acl('SETUSER', 'app', ...repair);
    await until(() => isUp(booted), 'invalidations of others are heard');
    expect(booted.log.about('Redis')).toEqual([says]);
  });
});

/** What an application does with a cache in a day. */
async function everything(booted: Booted): Promise<void> {
  const cache = cacheOf(booted);
  await isConnected(booted);
  await until(() => isUp(booted), 'invalidations of others are heard');
  const keys = Array.from({ length: 20 }, (_, i) => [`oak${i}`] as [string]);
  for (const kept of [seeds, fresh]) {
    const load = jest.fn((key: readonly unknown[]) => `of ${String(key[0])}`);
    const ask = () => Promise.all(keys.map((key) => cache.getOrSet(kept, key, () => load(key))));
    const values = keys.map(([key]) => `of ${key}`);
    expect(await ask()).toEqual(values);
    expect(await ask()).toEqual(values);
    expect(load).toHaveBeenCalledTimes(20);
    expect(await cache.evict(kept, [['oak0']])).toBe('confirmed');
    expect(await cache.expire(kept, [['oak1']])).toBe('confirmed');
    expect(await cache.clear(kept)).toBe('confirmed');
    expect(await ask()).toEqual(values);
    expect(load).toHaveBeenCalledTimes(40);
    expect(await cache.set(kept, ['elm'], 'samara')).toBe('confirmed');
    expect(await cache.getMany(kept, [['elm'], ['ash']])).toEqual(['samara', undefined]);
    expect(await cache.touch(kept, ['elm'])).toBe(true);
  }
  expect(await cache.invalidatePattern('seeds:oak?')).toMatchObject({ outcome: 'confirmed', evicted: 10 });
  expect(await cache.get(seeds, ['oak10'])).toBe('of oak10');
  expect(await cache.invalidateTags('forest')).toBe('confirmed');
  expect(await cache.get(seeds, ['elm'])).toBeUndefined();
}

describe.each(Object.entries(RIGHTS))('a user of the rights: %s', (_, rights) => {
  let printed: jest.SpiedFunction<typeof console.warn>;
  beforeEach(() => {
    printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => printed.mockRestore());

  const LOST = 'the user may not use INFO: every reconnect counts as a restart of Redis';

  test('can do everything; what is lost is said once and stands in the statistics', async () => {
    const { server, owner } = await guarded();
    await owner.acl('SETUSER', 'app', 'on', `>${SECRET}`, ...rights);
    const booted = await run({ host: '127.0.0.1', port: server.port, username: 'app', password: SECRET });
    await everything(booted);
    await owner.client('KILL', 'USER', 'app');
    await until(async () => (await statsOf(booted)).redis.connections === 2, 'it is connected again');
    await everything(booted);
    expect(booted.log.about('Redis')).toEqual([`Redis: ${LOST}`]);
    const { redis } = await statsOf(booted);
    expect(redis).toMatchObject({ degraded: [LOST], commandFailures: {}, newEpochs: 1, servers: null });
    expect(printed).not.toHaveBeenCalled();
    await closeAll();
    owner.disconnect();
    await server.stop();
  });

  test('can do everything in a Cluster', async () => {
    const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    for (const { port } of cluster.nodes)
      await cluster.command(port, 'ACL', 'SETUSER', 'app', 'on', `>${SECRET}`, ...rights);
    const booted = await run({ cluster: cluster.nodes, username: 'app', password: SECRET });
    await everything(booted);
    expect(booted.log.about('Redis')).toEqual([`Redis: ${LOST}`]);
    expect((await statsOf(booted)).redis).toMatchObject({ degraded: [LOST], commandFailures: {} });
    expect(printed).not.toHaveBeenCalled();
    await closeAll();
    await cluster.stop();
  });
});

test('A Cluster that does not let us in: said once, served without it, used when it is repaired', async () => {
  const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
  const booted = await run({ cluster: cluster.nodes, username: 'app', password: SECRET });
  expect(await cacheOf(booted).getOrSet(seeds, ['oak'], () => 'acorn')).toBe('acorn');
  await until(() => booted.log.about('Redis').length > 0, 'it says so');
  for (const { port } of cluster.nodes)
    await cluster.command(port, 'ACL', 'SETUSER', 'app', 'on', `>${SECRET}`, ...ALL);
  await everything(booted);
  expect(booted.log.about('Redis')).toEqual([
    'Redis refuses the password or user name (WRONGPASS); requests are answered without it',
  ]);
  await closeAll();
  await cluster.stop();
});
