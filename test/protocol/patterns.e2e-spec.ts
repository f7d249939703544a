import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import { Cacheable, CacheService, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { boot, bootHttp, closeAll, isConnected, until } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(60_000);

const rights = defineRegions('rights', {
  shared: region<[user: number, right: string], string>({ memory: false, ttl: '1h' }),
  remembered: region<[user: number, right: string], string>({ ttl: '1h' }),
  route: region<[user: number], object>({ ttl: '1h' }),
});
const USERS = Array.from({ length: 100 }, (_, user) => user);
const RIGHTS = Array.from({ length: 100 }, (_, n) => `r${n}`);

let renders = 0;

@Controller('rights')
class RightsController {
  @Get(':user')
  @Cacheable({ region: rights.route, key: (user: string) => [Number(user)] })
  async show(@Param('user') user: string): Promise<object> {
    return { user, render: ++renders };
  }
}

/** Where entries are kept, and how to speak to who keeps them. */
interface Place {
  readonly options: CacheModuleOptions;
  readonly cluster?: RedisCluster;
  command(...args: string[]): Promise<string[]>;
  stop(): Promise<void>;
}

async function oneServer(): Promise<Place> {
  const server = await RedisServer.start();
  return {
    options: { redis: { url: server.url } },
    command: async (...args) => [await server.command(...args)],
    stop: () => server.stop(),
  };
}

async function threeMasters(): Promise<Place> {
  const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
  return {
    options: { redis: { cluster: cluster.nodes } },
    cluster,
    command: (...args) => Promise.all(cluster.nodes.map(({ port }) => cluster.command(port, ...args))),
    stop: () => cluster.stop(),
  };
}

let prefixes = 0;
const shared = (options: CacheModuleOptions): CacheModuleOptions => ({
  redisBudget: '5s',
  memory: { maxItems: 50_000 },
  regions: Object.values(rights),
  prefix: `app${prefixes}`,
  ...options,
});

async function start({ options }: Place, extra: CacheModuleOptions = {}) {
  const booted = await boot({ cache: shared({ ...options, ...extra }) });
  await isConnected(booted);
  const cache = booted.get(CacheService);
  const all = USERS.map((user) => [user, 'none'] as [number, string]);
  await until(
    async () => (await cache.evict(rights.shared, all)) === 'confirmed',
    'all masters are connected',
  );
  return { ...booted, cache };
}

/** The entries of users, all hundred of them if that is not said; ten users at once. */
function* portions(users: readonly number[] = USERS): Iterable<[user: number, right: string][]> {
  for (let from = 0; from < users.length; from += 10)
    yield users
      .slice(from, from + 10)
      .flatMap((user) => RIGHTS.map((right): [number, string] => [user, right]));
}

async function fill(cache: CacheService, users?: readonly number[]): Promise<void> {
  for (const keys of portions(users))
    expect(
      await cache.setMany(
        rights.shared,
        keys.map((key) => [key, 'yes'] as const),
      ),
    ).toBe('confirmed');
}

/** How many entries are left, user by user. */
async function left(cache: CacheService, users = USERS): Promise<number[]> {
  const counts = new Map(users.map((user) => [user, 0]));
  for (const keys of portions(users)) {
    const values = await cache.getMany(rights.shared, keys);
    for (const [n, [user]] of keys.entries())
      if (values[n] === 'yes') counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  return [...counts.values()];
}

const PLACES = [
  { name: 'one server', open: oneServer },
  { name: 'a Cluster of three masters', open: threeMasters },
];

describe.each(PLACES)('among ten thousand entries on $name', ({ open }) => {
  let place: Place;
  beforeAll(async () => {
    place = await open();
  });
  afterEach(async () => {
    await closeAll();
    prefixes++;
  });
  afterAll(() => place.stop());

  test('exactly those go that the pattern means, and reads of others go on meanwhile', async () => {
    const { cache } = await start(place);
    await fill(cache);
    const load = jest.fn(() => 'no');
    let [done, reads] = [false, 0];
    const reading = (async () => {
      for (; !done; reads++)
        expect(await cache.getOrSet(rights.shared, [7, `r${reads % 100}`], load)).toBe('yes');
    })();
    const progress: number[] = [];
    const onProgress = ({ scanned }: { scanned: number }) => progress.push(scanned);
    const one = await cache.invalidatePattern('rights.shared:42,*', { onProgress });
    done = true;
    await reading;
    expect(one).toMatchObject({ outcome: 'confirmed', evicted: 100, cancelled: false });
    expect(one.scanned).toBeGreaterThanOrEqual(20_000 - 100);
    expect(progress.length).toBeGreaterThan(20);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(reads).toBeGreaterThan(20);
    expect(load).not.toHaveBeenCalled();
    expect(await left(cache)).toEqual(USERS.map((user) => (user === 42 ? 0 : 100)));

    expect(await cache.invalidatePattern('rights.sh*:?,r*7')).toMatchObject({
      outcome: 'confirmed',
      evicted: 100,
    });
    expect(await left(cache)).toEqual(USERS.map((user) => (user === 42 ? 0 : user < 10 ? 90 : 100)));
  });

  test('a whole region costs no look at anything', async () => {
    const { cache } = await start(place);
    await cache.set(rights.shared, [1, 'r1'], 'yes');
    const scans = async () =>
      (await place.command('INFO', 'commandstats')).join().match(/cmdstat_scan:calls=\d+/g);
    const before = await scans();
    expect(await cache.invalidatePattern('rights.shared:*')).toEqual({
      outcome: 'confirmed',
      scanned: 0,
      evicted: 0,
      cancelled: false,
    });
    expect(await cache.get(rights.shared, [1, 'r1'])).toBeUndefined();
    expect(await scans()).toEqual(before);
  });

  test('other versions that run beside this one are meant as well, and loads in the air are not kept', async () => {
    const [now, next] = [await start(place), await start(place, { version: 2 })];
    await next.cache.set(rights.shared, [1, 'r1'], 'yes');
    let end: (value: string) => void = () => undefined;
    const load = () => new Promise<string>((resolve) => (end = resolve));
    const loading = next.cache.getOrSet(rights.shared, [1, 'r2'], load);
    const lease = `app${prefixes}:2:l:{rights.shared:n1,s2:r2}`;
    await until(async () => (await place.command('KEYS', '*:l:*')).join().includes(lease), 'it loads');
    expect(await now.cache.invalidatePattern('rights.shared:1,*')).toMatchObject({ evicted: 2 });
    end('old');
    expect(await loading).toBe('old');
    expect(
      await next.cache.getMany(rights.shared, [
        [1, 'r1'],
        [1, 'r2'],
      ]),
    ).toEqual([undefined, undefined]);
  });

  test('memory elsewhere holds on to nothing, even where Redis has lost it', async () => {
    const [one, other] = [await start(place), await start(place)];
    const ask = (user: number, load = 'old') =>
      other.cache.getOrSet(rights.remembered, [user, 'r1'], () => load);
    await until(async () => (await ask(1)) === 'old', 'it is loaded');
    await ask(2);
    const loads = jest.fn(() => 'never');
    await other.cache.getOrSet(rights.remembered, [1, 'r1'], loads);
    const lost = `app${prefixes}:1:v:{rights.remembered:n1,s2:r1}`;
    if (place.cluster === undefined) await place.command('DEL', lost);
    else await (await place.cluster.serverOf('rights.remembered:n1,s2:r1')).command('DEL', lost);
    expect(await ask(1, 'new')).toBe('old');
    expect(await one.cache.invalidatePattern('rights.remembered:1,*')).toMatchObject({
      outcome: 'confirmed',
    });
    await until(async () => (await ask(1, 'new')) === 'new', 'the other process has heard of it');
    expect(await ask(2, 'new')).toBe('old');
    expect(loads).not.toHaveBeenCalled();
  });

  test('responses that were declared with the entries are condemned', async () => {
    const booted = await bootHttp({ cache: shared(place.options), controllers: [RightsController] });
    await isConnected(booted);
    const show = async (user: number) =>
      (await (await fetch(`${booted.url}/rights/${user}`)).json()) as { render: number };
    const [first, second] = [await show(1), await show(2)];
    await until(async () => (await show(1)).render === first.render, 'it is kept');
    expect(await show(2)).toEqual(second);
    const done = await booted.get(CacheService).invalidatePattern('rights.route:1');
    expect(done).toMatchObject({ outcome: 'confirmed', evicted: 1 });
    expect(await show(1)).not.toEqual(first);
    expect(await show(2)).toEqual(second);
  });
});

describe('while a slot moves', () => {
  test('nothing is missed that lies on either side, and nothing that moves between two looks', async () => {
    const place = await threeMasters();
    const { cluster } = place;
    if (cluster === undefined) throw new Error('a Cluster was started');
    const { cache } = await start(place);
    const users = USERS.slice(35, 55);
    await fill(cache, users);
    const key = 'rights.shared:n42,s2:r0';
    const from = await cluster.serverOf(key);
    const to = cluster.nodes.find(({ port }) => port !== from.port)?.port ?? 0;
    await cluster.moveSlot(cluster.slotOf(key), to, { pauseAfter: 'importing', moved: [] });
    let moving: Promise<void> | undefined;
    const onProgress = () => (moving ??= cluster.finishMove(cluster.slotOf(key)));
    const done = await cache.invalidatePattern('rights.shared:42,*', {
      onProgress: () => void onProgress(),
    });
    await moving;
    expect(done).toMatchObject({ outcome: 'confirmed', cancelled: false });
    await until(async () => (await cache.get(rights.shared, [42, 'r0'])) === undefined, 'the map is known');
    expect(await left(cache, users)).toEqual(users.map((user) => (user === 42 ? 0 : 100)));
    await closeAll();
    await place.stop();
  });
});

test('Who may not look through Redis is told so once, and nothing else suffers', async () => {
  const place = await oneServer();
  await place.command('ACL', 'SETUSER', 'app', 'on', '>hunter2-hunter2', '~*', '&*', '+@all', '-scan');
  const redis = { ...place.options.redis, username: 'app', password: 'hunter2-hunter2' };
  const { cache, log } = await start(place, { redis });
  await cache.set(rights.shared, [1, 'r1'], 'yes');
  for (const _ of [1, 2])
    expect(await cache.invalidatePattern('rights.shared:1,*')).toMatchObject({ outcome: 'failed' });
  expect(log.about('invalidatePattern')).toEqual([
    "invalidatePattern could not look through the region 'rights.shared': Redis answered NOPERM; what it did not come to may answer until it expires",
  ]);
  expect(await cache.get(rights.shared, [1, 'r1'])).toBe('yes');
  expect(await cache.evict(rights.shared, [[1, 'r1']])).toBe('confirmed');
  await closeAll();
  await place.stop();
});
