import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CacheService, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import type { LogBook } from '../support/app.js';
import { boot, closeAll, isConnected, until } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(60_000);

const { row } = defineRegions('swept', {
  row: region<[id: string], string>({ memory: false, ttl: '1h', tags: ['rows'] }),
});
const IDS = Array.from({ length: 50 }, (_, n) => `id${n}`);

interface Place {
  readonly options: CacheModuleOptions;
  /** Sends a command to the server of its first key. */
  command(...args: string[]): Promise<string>;
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

async function oneServer(): Promise<Place> {
  const server = await RedisServer.start();
  return {
    options: { redis: { url: server.url } },
    command: (...args) => server.command(...args),
    keys: async () => (await server.command('KEYS', '*')).split('\n').filter(Boolean),
    stop: () => server.stop(),
  };
}

async function threeMasters(): Promise<Place> {
  const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
  const all = () => Promise.all(cluster.nodes.map(({ port }) => cluster.command(port, 'KEYS', '*')));
  return {
    options: { redis: { cluster: cluster.nodes } },
    command: async (...args) => (await cluster.serverOf(args[1] ?? '')).command(...args),
    keys: async () => (await all()).flatMap((keys) => keys.split('\n')).filter(Boolean),
    stop: () => cluster.stop(),
  };
}

let prefixes = 0;

async function start({ options }: Place, extra: CacheModuleOptions = {}) {
  const prefix = `app${prefixes}`;
  const booted = await boot({ cache: { redisBudget: '5s', regions: [row], prefix, ...options, ...extra } });
  await isConnected(booted);
  const cache = booted.get(CacheService);
  const all = IDS.map((id) => [id] as [string]);
  await until(async () => (await cache.evict(row, all)) === 'confirmed', 'all masters are connected');
  const kept = async () => (await cache.getMany(row, all)).filter((one) => one !== undefined).length;
  const fill = () => Promise.all(IDS.map((id) => cache.getOrSet(row, [id], () => 'kept')));
  return { ...booted, cache, kept, fill };
}

/** What the log tells of sweeps; applications of one process share one log. */
function sweptLines(...apps: readonly { readonly log: LogBook }[]): string[] {
  return apps.flatMap(({ log }) => log.lines.filter((line) => line.includes('swept Redis')));
}

const PLACES = [
  { name: 'one server', open: oneServer },
  { name: 'a Cluster of three masters', open: threeMasters },
];

describe.each(PLACES)('a sweep of $name', ({ open }) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterEach(async () => {
    await closeAll();
    prefixes++;
  });
  afterAll(() => place.stop());

  /** The shapes of what no rule removes, each with how it is made; `{K}` is where a key stands. */
  const ORPHANS: readonly [kind: string, name: string, ...command: string[]][] = [
    ['value', '1:v:{K}', 'SET', 'no entry'],
    ['value', '2:v:{K}', 'LPUSH', 'no', 'text'],
    ['lease', '1:l:{K}', 'SET', 'a token'],
    ['lease', '2:l:{K}', 'SADD', 'no', 'text'],
    ['writers', 'w:{K}', 'ZADD', '+inf', 'overlap'],
    ['writers', 'w:{K}', 'ZADD', '1', 'lapsed'],
    ['writers', 'w:{K}', 'ZADD', '+inf', 'overlap', '1', 'lapsed'],
    ['writers', 'w:{K}', 'SET', 'no set'],
    ['nonce', 't:{K}', 'SET', 'e.1:r'],
    ['nonce', 't:{3}#K', 'SET', 'e.1:r'],
    ['nonce', 't:{K}', 'HSET', 'no', 'text'],
    ['marker', 'i:{K}', 'SET', ''],
    ['marker', 'i:{3}@swept', 'SET', ''],
    ['marker', 'r:sender:{3}7', 'SET', ''],
  ];

  test('removes what has no end, of every shape, and nothing else', async () => {
    const [cache, other] = [await start(place), await start(place, { version: 2 })];
    const prefix = `app${prefixes}`;
    await cache.fill();
    await other.fill();
    let end: (value: string) => void = () => undefined;
    const slow = () => new Promise<string>((resolve) => (end = resolve));
    const loading = cache.cache.getOrSet(row, ['loading'], slow);
    let written: (value: string) => void = () => undefined;
    const writing = cache.cache.write(row, ['writing'], () => new Promise((resolve) => (written = resolve)));
    const named = async (part: string) => (await place.keys()).some((key) => key.includes(part));
    await until(
      async () => (await named('l:{swept.row:s7:loading')) && (await named('w:{')),
      'both are at work',
    );
    const unknown = [`${prefix}:sessions:1`, `${prefix}:x:{swept.row:s1:a}`, `${prefix}:d:{swept.row:s1:a}`];
    for (const key of unknown) await place.command('SET', key, 'mine');
    await place.command('SET', 'another:w:{swept.row:s1:a}', 'not ours');
    const before = (await place.keys()).sort();
    for (const [i, [, name, command = '', ...rest]] of ORPHANS.entries())
      await place.command(command, `${prefix}:${name.replace('K', `swept.row:n${i}`)}`, ...rest);

    const report = await cache.cache.sweep();
    expect(report).toMatchObject({
      versions: {},
      orphans: { value: 2, lease: 2, writers: 4, nonce: 3, marker: 3 },
      unknown: 2,
      failed: 0,
      cancelled: false,
    });
    expect(report.scanned).toBeGreaterThan(100);
    const after = (await place.keys()).filter((key) => !key.includes(':bl:'));
    expect(after.sort()).toEqual(before);
    expect(sweptLines(cache, other)).toEqual(['swept Redis: removed 14 keys that had no end']);
    end('kept');
    written('kept');
    await Promise.all([loading, writing]);
    expect([await cache.kept(), await other.kept()]).toEqual([50, 50]);
    expect(await cache.cache.getMany(row, [['loading'], ['writing']])).toEqual(['kept', 'kept']);
  });

  test('leaves two releases alone that run side by side, and removes one when none of its instances runs', async () => {
    const [old, next] = [await start(place, { version: 1 }), await start(place, { version: 2 })];
    await old.fill();
    await next.fill();
    for (const { cache } of [old, next]) expect(await cache.sweep()).toMatchObject({ versions: {} });
    expect([await old.kept(), await next.kept()]).toEqual([50, 50]);
    await old.app.close();
    expect(await next.cache.sweep()).toMatchObject({ versions: {} });
    const announcement = `app${prefixes}:b:{1}`;
    expect(Number(await place.command('PTTL', announcement))).toBeGreaterThan(60_000);
    await place.command('DEL', announcement);
    expect(await next.cache.sweep()).toMatchObject({ versions: { 1: 50 }, failed: 0 });
    expect(await next.kept()).toBe(50);
    expect((await place.keys()).filter((key) => key.startsWith(`app${prefixes}:1:`))).toEqual([]);
  });

  test('is made in the background by one of several instances, unless they are told not to', async () => {
    const silent = await start(place, { maintenance: false });
    const prefix = `app${prefixes}`;
    const announced = () => place.command('EXISTS', `${prefix}:b:{1}`);
    await until(async () => (await announced()) === '1', 'one that does not sweep says what it is as well');
    const left = `${prefix}:0:v:{swept.row:s3:old}`;
    await place.command('SET', left, 'of an old version', 'PX', '600000');
    const fleet = [
      await start(place, { maintenance: { every: '1s' } }),
      await start(place, { maintenance: { every: '1s' } }),
    ];
    await silent.fill();
    await until(async () => (await place.command('EXISTS', left)) === '0', 'it is swept');
    await until(() => sweptLines(...fleet).length > 0, 'it is told');
    expect(sweptLines(...fleet)).toEqual([
      'swept Redis: removed 1 entries and leases of versions that run nowhere (0), 0 keys that had no end',
    ]);
    expect(await silent.kept()).toBe(50);
  });
});

test('A sweep ends with the application', async () => {
  const place = await oneServer();
  const { app, cache } = await start(place);
  for (let from = 0; from < 5_000; from += 1_000) {
    const keys = Array.from({ length: 1_000 }, (_, n) => [`app${prefixes}:o:${from + n}`, 'x']).flat();
    await place.command('MSET', ...keys);
  }
  const sweeping = cache.sweep();
  await app.close();
  expect(await sweeping).toMatchObject({ cancelled: true });
  await place.stop();
});

test('Who may not look through Redis is served all the same, and the report says so', async () => {
  const place = await oneServer();
  await place.command('ACL', 'SETUSER', 'app', 'on', '>hunter2-hunter2', '~*', '&*', '+@all', '-scan');
  const redis = { ...place.options.redis, username: 'app', password: 'hunter2-hunter2' };
  const { cache, fill, kept } = await start(place, { redis });
  await fill();
  expect(await cache.sweep()).toMatchObject({ failed: 1, scanned: 0 });
  expect(await kept()).toBe(50);
  await closeAll();
  await place.stop();
});

test('Without Redis there is nothing to sweep', async () => {
  const { get } = await boot({ cache: { regions: [row] } });
  expect(await get(CacheService).sweep()).toMatchObject({ scanned: 0, failed: 0, cancelled: false });
});
