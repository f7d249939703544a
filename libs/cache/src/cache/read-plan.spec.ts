import { PLAIN_LOADS } from '../contracts/load-policy.js';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { callsDuring, EventLog, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { CacheModuleOptions } from '../cache.options.js';
import { resolveOptions } from '../cache.options.js';
import { CacheRuntime } from '../cache.runtime.js';
import { systemClock } from '../contracts/clock.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { CacheService } from './cache-service.js';

jest.setTimeout(30_000);

const seeds = new Region<[id: string], { of: string; n: number }>('seeds', {
  tags: (id) => [`tree:${id}`],
});
const direct = new Region<[id: string], number>('direct', { memory: false });
const V = (id: string) => `app:1:v:{seeds:s${id.length}:${id}}`;
const L = (id: string) => `app:1:l:{seeds:s${id.length}:${id}}`;

let server: RedisServer;
const running: CacheRuntime[] = [];
let ids = 0;
/** A key that no test has used. */
const fresh = () => `id${++ids}`;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.close()));
});

/** One process of the application, its beats so rare that they disturb no count. */
async function processOf(options: CacheModuleOptions = {}) {
  const log = new EventLog();
  const redis = { url: server.url };
  // no test here is about time: a busy machine must not make one
  const resolved = resolveOptions({
    redis,
    prefix: 'app',
    maxStaleness: '60s',
    redisBudget: '5s',
    ...options,
  });
  const runtime = new CacheRuntime(resolved, { clock: systemClock, recorder: log, reporter: silentReporter });
  running.push(runtime);
  await runtime.open();
  await eventually(() => runtime.engine.isOpen(performance.now()));
  const cache = new CacheService(runtime.engine);
  const loads: string[] = [];
  const load = (id: string) => () => {
    loads.push(id);
    return Promise.resolve({ of: id, n: loads.length });
  };
  const get = (id: string) => cache.getOrSet(seeds, [id], load(id));
  // the first time on a connection, a script travels with its source
  await get(fresh());
  await cache.invalidateTags('nothing');
  loads.length = 0;
  return { runtime, cache, log, loads, get, load };
}

describe('a call', () => {
  test('that finds the value in memory asks Redis for nothing and loads nothing', async () => {
    const { get, loads, log } = await processOf();
    const id = fresh();
    const first = await get(id);
    const hitsBefore = log.memoryHits;
    const calls = await callsDuring(server, async () => {
      for (let i = 0; i < 100; i++) expect(await get(id)).toBe(first);
    });
    expect(calls).toEqual({});
    expect(loads).toEqual([id]);
    expect(log.memoryHits - hitsBefore).toBe(100);
  });

  test('that finds the value in Redis reads once, tags included, and nothing more', async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const id = fresh();
    const value = await one.get(id);
    const calls = await callsDuring(server, async () => {
      expect(await other.get(id)).toEqual(value);
    });
    expect(calls).toEqual({ mget: 1 });
    expect(other.loads).toEqual([]);
    expect(other.log.count('redis-hit')).toBe(1);
    expect(await callsDuring(server, () => other.get(id))).toEqual({});
  });

  test('that finds it nowhere reads, asks for the lease and the nonces, loads, and fills: four commands', async () => {
    const { get, loads } = await processOf();
    const id = fresh();
    const calls = await callsDuring(server, () => get(id).then(settled));
    expect(calls).toMatchObject({ mget: 1, evalsha: 3 });
    expect(calls).not.toHaveProperty('eval');
    expect(loads).toEqual([id]);
  });

  test('loads only under a lease and after the nonces of its tags were read; the fill ends the lease', async () => {
    const { cache } = await processOf();
    const id = fresh();
    const during: string[] = [];
    await cache.getOrSet(seeds, [id], async () => {
      for (const key of [V(id), L(id), `app:t:{#tree:${id}}`, 'app:t:{@seeds}']) {
        during.push(await server.command('EXISTS', key));
      }
      return { of: id, n: 1 };
    });
    expect(during).toEqual(['0', '1', '1', '1']);
    await eventually(
      () => server.command('EXISTS', V(id)),
      (exists) => exists === '1',
    );
    expect(await server.command('EXISTS', L(id))).toBe('0');
  });

  test('gets its value before the fill has been answered, and others may read it afterwards', async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const id = fresh();
    await one.get(id);
    await eventually(() => one.log.count('stored') >= 2);
    await other.get(id);
    expect(other.loads).toEqual([]);
  });

  test('is one of many at once: one read, one load, one fill, and all get the same', async () => {
    const { get, loads, log } = await processOf();
    const id = fresh();
    let values: unknown[] = [];
    const calls = await callsDuring(server, async () => {
      values = await Promise.all(Array.from({ length: 250 }, () => get(id)));
      await settled();
    });
    expect(calls).toMatchObject({ mget: 1, evalsha: 3 });
    expect(loads).toEqual([id]);
    expect(new Set(values).size).toBe(1);
    expect(log.count('joined')).toBe(249);
  });

  test('for one of many keys is read together with the others', async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const keys = Array.from({ length: 200 }, fresh);
    await Promise.all(keys.map((id) => one.get(id)));
    const calls = await callsDuring(server, () => Promise.all(keys.map((id) => other.get(id))));
    expect(other.loads).toEqual([]);
    // two names each: the value and the tag of its tree; that of the region is known
    expect(calls).toEqual({ mget: Math.ceil((200 * 2) / 128) });
  });

  test('in a region without memory reads Redis each time', async () => {
    const { cache } = await processOf();
    const id = fresh();
    let loads = 0;
    const get = () => cache.getOrSet(direct, [id], () => Promise.resolve(++loads));
    await get();
    await settled();
    const calls = await callsDuring(server, async () => {
      for (let i = 0; i < 10; i++) expect(await get()).toBe(1);
    });
    expect(calls).toEqual({ mget: 10 });
  });
});

describe('looking without loading', () => {
  test('finds what is in Redis and what is in memory, and loads nothing', async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const id = fresh();
    expect(await other.cache.get(seeds, [id])).toBeUndefined();
    expect(await other.cache.has(seeds, [id])).toBe(false);
    const value = await one.get(id);
    await eventually(() => other.cache.has(seeds, [id]));
    expect(await other.cache.get(seeds, [id])).toEqual(value);
    expect(await callsDuring(server, () => other.cache.get(seeds, [id]))).toEqual({});
    expect(other.loads).toEqual([]);
  });
});

describe('what is not kept', () => {
  test.each([
    { what: 'undefined', load: () => undefined, options: {} },
    { what: 'a value with a life of 0', load: () => 1, options: { ttl: 0 } },
    { what: 'an instance of an unknown class', load: () => new (class Bird {})(), options: {} },
  ])(
    '$what is handed on, and the lease given back: the next caller loads at once',
    async ({ load, options }) => {
      const [one, other] = await Promise.all([processOf(), processOf()]);
      const id = fresh();
      let loads = 0;
      const counted = () => {
        loads++;
        return load() as never;
      };
      for (const { cache } of [one, other, one]) {
        await cache.getOrSet(seeds, [id], counted, options);
        await eventually(
          () => server.command('EXISTS', L(id)),
          (exists) => exists === '0',
        );
      }
      expect(loads).toBe(3);
      expect(await server.command('EXISTS', V(id))).toBe('0');
    },
  );

  test.each([null, false, 0, ''])('%p is a value like any other', async (value) => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const id = fresh();
    let loads = 0;
    const load = () => {
      loads++;
      return Promise.resolve(value as never);
    };
    for (const { cache } of [one, other, one]) {
      expect(await cache.getOrSet(seeds, [id], load)).toBe(value);
      await settled();
    }
    expect(loads).toBe(1);
  });
});

describe('an entry in Redis that cannot answer', () => {
  test.each([
    {
      what: 'bytes that are none of ours',
      write: (key: string) => server.command('SET', key, 'x'.repeat(200)),
    },
    { what: 'too few bytes', write: (key: string) => server.command('SET', key, 'x') },
    {
      what: 'a list',
      write: async (key: string) => {
        await server.command('DEL', key);
        await server.command('RPUSH', key, 'x');
      },
    },
    {
      what: 'a byte that was altered',
      write: (key: string) => server.command('SETRANGE', key, '70', '\u0001'),
    },
  ])('$what, is replaced by one load and then read by all', async ({ write }) => {
    const [one, other, third] = await Promise.all([processOf(), processOf(), processOf()]);
    const id = fresh();
    await one.get(id);
    await eventually(
      () => server.command('EXISTS', V(id)),
      (exists) => exists === '1',
    );
    await write(V(id));
    await other.get(id);
    expect(other.loads).toEqual([id]);
    await settled();
    expect(await third.get(id)).toEqual({ of: id, n: 1 });
    expect(third.loads).toEqual([]);
  });

  test('because looking at it throws, is loaded anew, and nobody waits for ever', async () => {
    const { runtime, get } = await processOf({ memory: { maxItems: 1 } });
    const { reads, regions } = runtime.engine;
    const [id, other] = [fresh(), fresh()];
    await get(id);
    await get(other);
    const request = {
      region: regions.resolve(seeds),
      key: `seeds:s${id.length}:${id}`,
      tags: [],
      lateTags: false,
      sync: true,
      share: 'always' as const,
      policy: PLAIN_LOADS,
      load: () => Promise.resolve('loaded'),
      keep: () => ({ kind: 'leave', why: 'declined' }) as const,
      accepts: () => {
        throw new TypeError('a value of another shape');
      },
    };
    expect(await Promise.all([reads.run(request), reads.run(request)])).toEqual(['loaded', 'loaded']);
  });

  test('because its life has ended, is loaded anew', async () => {
    const { cache, loads, load } = await processOf();
    const id = fresh();
    await cache.getOrSet(seeds, [id], load(id), { ttl: 30 });
    await eventually(
      () => cache.getOrSet(seeds, [id], load(id), { ttl: 30 }),
      ({ n }) => n === 2,
    );
    expect(loads).toEqual([id, id]);
  });
});

/** Lets what goes on after an answer, such as the fill, come to its end. */
async function settled(): Promise<void> {
  await Promise.all(running.map(({ engine }) => engine.flights.settled()));
}
