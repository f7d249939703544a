import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { WarmProgress, WarmSource, Warming } from '../contracts/warming.js';
import type { FakeClock } from '../testing/fake-clock.js';
import { cacheContext } from '../contracts/load-context.js';
import type { LoadWorld } from './loads.fixture.js';
import { loadWorld, TTL } from './loads.fixture.js';

const WHERE = ['memory', 'Redis'] as const;
type Where = LoadWorld['where'];
type Source = WarmSource<[id: string], string>;

const ids = (count: number) => Array.from({ length: count }, (_, i) => `id ${i}`);
const idOf = ([id]: readonly [id: string]) => id;

afterEach(() => {
  jest.restoreAllMocks();
});

/** Lets time pass until a warming has ended. */
async function ended({ finished }: Warming, clock: FakeClock) {
  let isOver = false;
  void finished.then(() => (isOver = true));
  for (let round = 0; !isOver && round < 20_000; round++) await clock.advance(10);
  return finished;
}

async function setUp(where: Where, more: Omit<LoadWorld, 'where'> = {}) {
  const world = await loadWorld({ where, ...more });
  const { cache, region, clock } = world;
  const loaded: string[] = [];
  const load = (id: string) => {
    loaded.push(id);
    return Promise.resolve(`value of ${id}`);
  };
  const warm = (source: Source, options = {}) => ended(cache.warm(region, source, options), clock);
  const read = (keys: readonly string[]) =>
    cache.getMany(
      region,
      keys.map((id) => [id]),
    );
  return { ...world, loaded, load, warm, read };
}

/** A loader that a test lets go on, and how many of its loads are in the air. */
function gated() {
  const waiting: (() => void)[] = [];
  const seen = { now: 0, most: 0, begun: 0 };
  const load = async (id: string) => {
    seen.begun++;
    seen.most = Math.max(seen.most, ++seen.now);
    await new Promise<void>((resolve) => waiting.push(resolve));
    seen.now--;
    return `value of ${id}`;
  };
  const release = () => waiting.splice(0).forEach((go) => go());
  return { load, release, seen };
}

describe.each(WHERE)('a warming (%s)', (where) => {
  test('goes through its keys in an order of chance, so that instances seldom meet', async () => {
    const orders = [await setUp(where), await setUp(where)];
    for (const { warm, load } of orders) await warm({ keys: ids(50), load });
    const [one, two] = orders.map(({ loaded }) => loaded);
    expect(one).not.toEqual(two);
    expect(one?.sort()).toEqual(two?.sort());
  });

  test('loads every key once, and reads find the values', async () => {
    const { warm, load, loaded, read } = await setUp(where);
    const report = await warm({ keys: ids(250), load });
    expect(report).toMatchObject({ outcome: 'complete', total: 250, done: 250, loaded: 250, fresh: 0 });
    expect(report.regions).toEqual({
      seeds: { total: 250, done: 250, loaded: 250, fresh: 0, failed: 0, skipped: 0 },
    });
    expect([...loaded].sort()).toEqual(ids(250).sort());
    expect(await read(ids(250))).toEqual(ids(250).map((id) => `value of ${id}`));
    expect(loaded).toHaveLength(250);
  });

  test('loads many at a time, never more than a batch, and takes null for a value', async () => {
    const { warm, read } = await setUp(where);
    const calls: (readonly string[])[] = [];
    const loadMany: Exclude<Source['loadMany'], undefined> = (keys) => {
      calls.push(keys.map(idOf));
      return keys.map(([id]) => (id === 'id 7' ? null : `value of ${id}`) as string);
    };
    const report = await warm({ keys: ids(130).map((id) => [id] as [string]), loadMany, batch: 40 });
    expect(report).toMatchObject({ loaded: 130, failed: 0 });
    expect(Math.max(...calls.map((call) => call.length))).toBe(40);
    expect(calls.flat().sort()).toEqual(ids(130).sort());
    expect(await read(['id 6', 'id 7'])).toEqual(['value of id 6', null]);
  });

  test('skips what is fresh and loads what has ended', async () => {
    const { warm, load, loaded, cache, region, clock } = await setUp(where);
    await cache.getOrSet(region, ['id 1'], () => 'old');
    await clock.advance(TTL + 1);
    await cache.getOrSet(region, ['id 2'], () => 'there');
    await clock.advance(0);
    const report = await warm({ keys: ids(4), load });
    expect(report).toMatchObject({ loaded: 3, fresh: 1, failed: 0 });
    expect([...loaded].sort()).toEqual(['id 0', 'id 1', 'id 3']);
    expect(await cache.get(region, ['id 2'])).toBe('there');
  });

  test.each<[string, Source['keys']]>([
    ['a set', new Set(ids(3))],
    ['a promise', Promise.resolve(ids(3))],
    ['a function', () => ids(3)],
    ['an asynchronous function', async () => Promise.resolve(ids(3))],
    ['a generator', () => ids(3).values()],
    [
      'an asynchronous generator',
      async function* () {
        for (const id of ids(3)) yield await Promise.resolve(id);
      },
    ],
  ])('takes its keys from %s', async (_, keys) => {
    const { warm, load, loaded } = await setUp(where);
    expect(await warm({ keys, load })).toMatchObject({ outcome: 'complete', total: 3, loaded: 3 });
    expect([...loaded].sort()).toEqual(ids(3));
  });

  test('has at most as many loads in the air as it may, over all regions, and so many', async () => {
    const { cache, region, clock } = await setUp(where);
    const { load, release, seen } = gated();
    cache.warmFrom(region, { keys: ids(40), load });
    cache.warmFrom('other', { keys: ids(40), load: (id) => load(String(id)) });
    const warming = cache.warm('*', { concurrency: 5 });
    for (let round = 0; round < 200; round++) {
      await clock.advance(10);
      release();
    }
    expect(await warming.finished).toMatchObject({ loaded: 80, failed: 0 });
    expect(seen.most).toBe(5);
  });

  test('counts as no request: its loads are counted apart', async () => {
    const { warm, load, log, clock } = await setUp(where);
    await warm({ keys: ids(20), load });
    await warm({ keys: ids(20), load });
    await clock.advance(0);
    const requests = ['redis-hit', 'joined', 'loaded', 'stale', 'load-error', 'bypassed'];
    expect(requests.map((type) => log.count(type))).toEqual(requests.map(() => 0));
    expect(log.memoryHits).toBe(0);
    expect([log.count('warmed'), log.count('refreshed')]).toEqual([20, 0]);
    expect(log.count('stored')).toBe(where === 'Redis' ? 20 : 0);
  });

  test('gives whoever reads a key meanwhile the value of its own load', async () => {
    const { cache, region, clock, get, source } = await setUp(where);
    const { load, release } = gated();
    const warming = cache.warm(region, { keys: ['a'], load });
    await clock.advance(0);
    const read = get('a');
    await clock.advance(0);
    release();
    expect(await read).toBe('value of a');
    expect(source.loads).toBe(0);
    expect(await ended(warming, clock)).toMatchObject({ loaded: 1 });
  });

  test('leaves a key to whoever loads it already, and finds it fresh', async () => {
    const { cache, region, clock, ask, pending, load, loaded } = await setUp(where);
    await ask('a');
    const warming = cache.warm(region, { keys: ['a', 'b'], load });
    await clock.advance(50);
    expect(loaded).toEqual(['b']);
    pending[0]?.end('by the caller');
    expect(await ended(warming, clock)).toMatchObject({ loaded: 1, fresh: 1 });
    expect(loaded).toEqual(['b']);
  });

  test('goes on when loaders fail: they are counted, and said once with the class of the error', async () => {
    const { cache, region, clock, read, engine } = await setUp(where);
    const said = jest.spyOn(engine.ports.reporter, 'once');
    const load = (id: string) =>
      ['id 3', 'id 4'].includes(id) ? Promise.reject(new TypeError(`secret of ${id}`)) : Promise.resolve(id);
    const report = await ended(cache.warm(region, { keys: ids(6), load }), clock);
    expect(report).toMatchObject({ outcome: 'complete', total: 6, done: 6, loaded: 4, failed: 2 });
    const message = "a key of the region 'seeds' was not warmed: its loader threw TypeError";
    expect(new Set(said.mock.calls.map(([kind, text]) => `${kind} | ${text}`))).toEqual(
      new Set([`warming:seeds | ${message}`]),
    );
    expect(await read(['id 3', 'id 5'])).toEqual([undefined, 'id 5']);
  });

  test('counts every key of a batch whose loader fails, or answers with too few', async () => {
    const { warm } = await setUp(where);
    const batch = 10;
    expect(
      await warm({ keys: ids(20), loadMany: () => Promise.reject(new Error('no')), batch }),
    ).toMatchObject({
      failed: 20,
    });
    expect(await warm({ keys: ids(20), loadMany: () => ['one'], batch })).toMatchObject({ failed: 20 });
  });

  test('ends, incomplete, when its keys cannot be listed to their end; those that were listed are warm', async () => {
    const { warm, load, engine, read } = await setUp(where);
    const said = jest.spyOn(engine.ports.reporter, 'once');
    function* keys() {
      yield* ids(1_200);
      throw new RangeError('secret');
    }
    const report = await warm({ keys, load });
    expect(report.outcome).toBe('incomplete');
    expect(report.loaded).toBeGreaterThan(0);
    expect(said).toHaveBeenCalledWith('warming:keys:seeds', expect.stringMatching(/ threw RangeError$/));
    expect((await read(ids(1_200))).filter(Boolean)).toHaveLength(report.loaded);
    for (const wrong of [() => 'text' as never, () => Promise.reject(new Error('no')), () => 7 as never])
      expect(await warm({ keys: wrong, load })).toMatchObject({ outcome: 'incomplete', done: 0 });
  });

  test('begins no more loads once it is cancelled, and ends when those in the air have', async () => {
    const { cache, region, clock } = await setUp(where);
    const { load, release, seen } = gated();
    const close = jest.fn();
    function* keys() {
      try {
        for (let i = 0; ; i++) yield `id ${i}`;
      } finally {
        close();
      }
    }
    const warming = cache.warm(region, { keys, load }, { concurrency: 3 });
    await clock.advance(20);
    expect(seen.begun).toBe(3);
    warming.cancel();
    await clock.advance(500);
    expect(cache.warmings).toEqual([warming]);
    release();
    expect(await ended(warming, clock)).toMatchObject({ outcome: 'cancelled', loaded: 3, done: 3 });
    expect(seen.begun).toBe(3);
    expect(close).toHaveBeenCalledTimes(1);
    expect(cache.warmings).toEqual([]);
  });

  test('is cancelled by a signal, before and while it runs, also where its keys never come', async () => {
    const { cache, region, clock, load } = await setUp(where);
    expect(
      await ended(cache.warm(region, { keys: ids(3), load }, { signal: AbortSignal.abort() }), clock),
    ).toMatchObject({ outcome: 'cancelled', done: 0 });
    const never = new AbortController();
    const keys = () => new Promise<string[]>(() => undefined);
    const warming = cache.warm(region, { keys, load }, { signal: never.signal });
    await clock.advance(20);
    never.abort();
    expect(await ended(warming, clock)).toMatchObject({ outcome: 'cancelled', total: undefined });
  });

  test('tells listeners how far it is, not more than ten times a second, and the end in any case', async () => {
    const { cache, region, clock } = await setUp(where);
    const told: WarmProgress[] = [];
    const load = (id: string) => new Promise<string>((resolve) => clock.after(10, () => resolve(id)));
    const warming = cache.warm(region, { keys: ids(100), load }, { concurrency: 1 });
    warming.onProgress(() => {
      throw new Error('a bad listener');
    });
    warming.onProgress((progress) => told.push(progress));
    const stopped = jest.fn();
    warming.onProgress(stopped)();
    const { ms } = await ended(warming, clock);
    expect(told.length).toBeGreaterThan(5);
    expect(told.length).toBeLessThanOrEqual(ms / 100 + 1);
    expect(told.map(({ done }) => done)).toEqual([...told.map(({ done }) => done)].sort((a, b) => a - b));
    expect(told.at(-1)).toMatchObject({ total: 100, done: 100, loaded: 100 });
    expect(stopped).not.toHaveBeenCalled();
    const late = jest.fn();
    warming.onProgress(late);
    await clock.advance(0);
    expect(late).toHaveBeenCalledTimes(1);
  });

  test('gives values the life, and the tags, that their region gives to any', async () => {
    const region: LoadWorld['region'] = {
      tags: (id: string) => [`tag of ${id}`],
      ttl: '10s',
      resultTags: (v: string) => [`result ${v}`],
    };
    const { warm, load, cache, region: seeds, read } = await setUp(where, { region });
    await warm({ keys: ids(3), load });
    expect(await cache.ttl(seeds, ['id 0'])).toBeLessThanOrEqual(10_000);
    await cache.invalidateTags('tag of id 0', 'result value of id 1');
    expect(await read(ids(3))).toEqual([undefined, undefined, 'value of id 2']);
  });

  test('lets its loader say what any may: how long its value is fresh', async () => {
    const { warm, cache, region } = await setUp(where);
    const load = (id: string) => {
      cacheContext().ttl('2s');
      return id;
    };
    await warm({ keys: ['a'], load });
    expect(await cache.ttl(region, ['a'])).toBeLessThanOrEqual(2_000);
  });

  test('loads through a call that reads the region itself, with the options of that call, and counts it as no request', async () => {
    const { warm, cache, region, log, clock } = await setUp(where);
    const through = jest.fn((id: string) =>
      cache.getOrSet(region, [id], () => `through ${id}`, { ttl: '3s' }),
    );
    expect(await warm({ keys: ids(10), through })).toMatchObject({ loaded: 10, fresh: 0 });
    await clock.advance(0);
    expect(await warm({ keys: ids(10), through })).toMatchObject({ loaded: 0, fresh: 10 });
    expect(through).toHaveBeenCalledTimes(10);
    expect([log.count('loaded'), log.count('warmed'), log.memoryHits]).toEqual([0, 10, 0]);
    expect(await cache.ttl(region, ['id 1'])).toBeLessThanOrEqual(3_000);
    expect(await warm({ keys: ['x'], through: (id) => id })).toMatchObject({ failed: 1 });
    expect(await warm({ keys: ['y'], through: () => Promise.reject(new Error('no')) })).toMatchObject({
      failed: 1,
    });
  });

  test('loads a key once where its loader reads that very key through the cache', async () => {
    const { warm, cache, region, log, read } = await setUp(where);
    const inner = jest.fn((id: string) => `inner ${id}`);
    const load = (id: string) => cache.getOrSet(region, [id], () => inner(id));
    expect(await warm({ keys: ids(5), load })).toMatchObject({ loaded: 5, failed: 0 });
    expect(inner).toHaveBeenCalledTimes(5);
    expect([log.count('loaded'), log.count('bypassed'), log.count('warmed')]).toEqual([0, 0, 5]);
    expect(await read(['id 3'])).toEqual(['inner id 3']);
  });

  test('keeps nothing that was invalidated while it was loaded', async () => {
    const { cache, region, clock } = await setUp(where);
    const { load, release } = gated();
    const warming = cache.warm(region, { keys: ['a'], load });
    await clock.advance(0);
    await cache.evict(region, [['a']]);
    release();
    await ended(warming, clock);
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });

  test('takes a million keys without holding them', async () => {
    const { cache, region, clock } = await setUp(where);
    let listed = 0;
    function* keys() {
      for (; listed < 1_000_000; listed++) yield ['a'] as [string];
    }
    const warming = cache.warm(region, { keys, load: () => 'value' });
    for (let round = 0; round < 100; round++) await clock.advance(100);
    warming.cancel();
    const report = await ended(warming, clock);
    expect(report.done).toBeGreaterThan(1_000);
    expect(listed).toBeLessThan(1_000_000);
    expect(listed - report.done).toBeLessThanOrEqual(1_100);
  });
});

describe('what cannot be warmed', () => {
  test('is refused with a clear error: no source, two ways to load, a wrong batch, a wrong option', async () => {
    const { cache, region, load } = await setUp('memory');
    const bad = (source: object) => () => cache.warmFrom(region, source as never);
    const refused = (words: RegExp) =>
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(words) });
    expect(bad({ load })).toThrow(refused(/needs keys/));
    expect(bad({ keys: 'abc', load })).toThrow(refused(/needs keys/));
    expect(bad({ keys: [] })).toThrow(refused(/one function of load, loadMany and through/));
    expect(bad({ keys: [], load, through: load })).toThrow(refused(/one function/));
    expect(bad({ keys: [], load: 'x' })).toThrow(refused(/one function/));
    expect(bad({ keys: [], loadMany: load, batch: 0 })).toThrow(refused(/batch of 1 to 200/));
    expect(() => cache.warm(region)).toThrow(
      refused(/nothing says where the values of the region 'seeds' come from/),
    );
    expect(() => cache.warm('nobody')).toThrow(expect.objectContaining({ code: 'UNKNOWN_REGION' }));
    expect(() => cache.warm('*', { concurrency: 0 })).toThrow(refused(/concurrency/));
    expect(() => cache.warm('*', { signal: {} as never })).toThrow(refused(/signal/));
  });

  test('is whatever a unit of work would load', async () => {
    const { cache } = await setUp('memory');
    const inside = cache.afterCommit(() => Promise.resolve(cache.warm()));
    await expect(inside).rejects.toMatchObject({ code: 'IN_UNIT_OF_WORK' });
  });

  test('is skipped once memory is full, where only memory could keep it', async () => {
    const { warm, load, loaded } = await setUp('memory', { module: { memory: { maxItems: 50 } } });
    const report = await warm({ keys: ids(400), load }, { concurrency: 1 });
    expect(report).toMatchObject({ done: 400, loaded: 50, skipped: 350 });
    expect(loaded).toHaveLength(50);
  });

  test('is a key without a canonical form: it fails alone', async () => {
    const { warm, load } = await setUp('memory');
    expect(await warm({ keys: [['a'], [Symbol('b')]] as never, load })).toMatchObject({
      loaded: 1,
      failed: 1,
    });
  });
});

describe('registered sources', () => {
  test('are warmed all, by region, by list or by group, until they are taken back', async () => {
    const { cache, clock } = await setUp('memory');
    const loaded: string[] = [];
    const source = (name: string) => ({ keys: ['a'], load: () => (loaded.push(name), name) });
    cache.warmFrom('community.metadata', source('metadata'));
    cache.warmFrom('community.members', source('members'));
    const takeBack = cache.warmFrom('user.profile', source('profile'));
    const warmed = async (warming: Warming) => {
      const { regions } = await ended(warming, clock);
      return Object.keys(regions).sort();
    };
    expect(await warmed(cache.warm())).toEqual(['community.members', 'community.metadata', 'user.profile']);
    expect(await warmed(cache.warm('community'))).toEqual(['community.members', 'community.metadata']);
    expect(await warmed(cache.warm(['community', 'user.profile', 'community.metadata']))).toHaveLength(3);
    expect(await warmed(cache.warm('community.members'))).toEqual(['community.members']);
    takeBack();
    expect(await warmed(cache.warm())).toEqual(['community.members', 'community.metadata']);
    expect(loaded.sort()).toEqual(['members', 'metadata', 'profile']);
  });
});

describe('a warming beside other processes', () => {
  test('takes into memory what Redis has', async () => {
    const { start, load, loaded, region, clock, warm, read, client } = await setUp('Redis');
    const other = await start();
    await other.cache.getOrSet(region, ['a'], () => 'of the other');
    await clock.advance(0);
    expect(await warm({ keys: ['a', 'b'], load })).toMatchObject({ loaded: 1, fresh: 1 });
    expect(loaded).toEqual(['b']);
    const asked = client.sent.read;
    expect(await read(['a', 'b'])).toEqual(['of the other', 'value of b']);
    expect(client.sent.read).toBe(asked);
  });

  test('does not wait at a key that another loads, and takes what that brought', async () => {
    const { start, cache, region, clock, pending, load, loaded, client } = await setUp('Redis');
    const other = await start();
    await other.ask('a');
    const warming = cache.warm(region, { keys: ['a', ...ids(20)], load }, { concurrency: 1 });
    await clock.advance(5_000);
    expect([...loaded].sort()).toEqual(ids(20).sort());
    expect(warming.progress).toMatchObject({ total: 21, done: 20 });
    // a look now and then, not one every few milliseconds
    expect(client.sent.lease).toBeLessThan(20 + 60);
    pending[0]?.end('of the other');
    expect(await ended(warming, clock)).toMatchObject({ loaded: 20, fresh: 1 });
    expect(await cache.get(region, ['a'])).toBe('of the other');
  });

  test('loads a key whose loading process has died, once its lease has run out', async () => {
    const { start, cache, region, clock, load, loaded, server } = await setUp('Redis');
    const dead = await start();
    await dead.ask('a');
    dead.client.leave();
    const warming = cache.warm(region, { keys: ['a'], load });
    await clock.advance(1_000);
    expect(loaded).toEqual([]);
    server.leases.clear();
    expect(await ended(warming, clock)).toMatchObject({ loaded: 1 });
    expect(await cache.get(region, ['a'])).toBe('value of a');
  });

  test('gives up a key that another loads for too long, and does not load it a second time', async () => {
    const { start, cache, region, clock, load, loaded } = await setUp('Redis', {
      module: { leaseWait: '5s' },
    });
    await (await start()).ask('a');
    const warming = cache.warm(region, { keys: ['a', 'b'], load });
    expect(await ended(warming, clock)).toMatchObject({ outcome: 'complete', loaded: 1, failed: 1 });
    expect(loaded).toEqual(['b']);
  });

  test('has an answer for whoever has joined it at a key that another turns out to load', async () => {
    const { start, cache, region, clock, pending, load, loaded, get, source, client } = await setUp('Redis');
    const other = await start();
    await other.ask('a');
    client.delay = () => new Promise((resolve) => clock.after(5, resolve));
    const warming = cache.warm(region, { keys: ['a'], load });
    // after its look, and before its question for the lease is answered
    await clock.advance(7);
    const read = get();
    await clock.advance(100);
    pending[0]?.end('of the other');
    await ended(warming, clock);
    expect(await read).toBe('of the other');
    expect([loaded, source.loads]).toEqual([[], 0]);
  });

  test('loads a key for whoever has joined it when another takes too long, as a call would', async () => {
    const { start, cache, region, clock, load, get, client } = await setUp('Redis', {
      module: { leaseWait: 200 },
    });
    await (await start()).ask('a');
    client.delay = () => new Promise((resolve) => clock.after(5, resolve));
    const warming = cache.warm(region, { keys: ['a'], load });
    await clock.advance(7);
    const read = get();
    await ended(warming, clock);
    expect(await read).toBe('value of a');
  });

  test('has what is stale answer whoever joins it, where the region wants that and its loader fails', async () => {
    const failSafe = { maxDuration: '1d' } as const;
    const { cache, region, clock, get, source } = await setUp('Redis', { region: { failSafe } });
    await get();
    await clock.advance(TTL + 1);
    source.value = 'not asked for';
    let fail: (error: Error) => void = () => undefined;
    const load = () => new Promise<string>((_, reject) => (fail = reject));
    const warming = cache.warm(region, { keys: ['a'], load });
    await clock.advance(0);
    const read = get();
    await clock.advance(0);
    fail(new Error('the database is down'));
    expect(await read).toBe('one');
    expect(await ended(warming, clock)).toMatchObject({ failed: 1 });
    expect(source.loads).toBe(1);
  });

  test('gives a Redis that is away a moment, then fills memory and ends', async () => {
    const { cache, region, clock, client, load, loaded } = await setUp('Redis');
    client.leave();
    const warming = cache.warm(region, { keys: ids(30), load });
    await clock.advance(2_900);
    expect(loaded).toEqual([]);
    expect(await ended(warming, clock)).toMatchObject({ outcome: 'complete', loaded: 30, failed: 0 });
  });

  test('goes on when a Redis that was away is back, and stores what it loads', async () => {
    const { start, cache, region, clock, client, load } = await setUp('Redis');
    client.leave();
    const warming = cache.warm(region, { keys: ids(30), load });
    await clock.advance(1_000);
    client.return();
    expect(await ended(warming, clock)).toMatchObject({ loaded: 30 });
    const other = await start();
    expect(
      await other.cache.getMany(
        region,
        ids(30).map((id) => [id]),
      ),
    ).not.toContain(undefined);
  });
});
