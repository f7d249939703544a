import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EventLog, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { CacheModuleOptions } from '../cache.options.js';
import { resolveOptions } from '../cache.options.js';
import { CacheRuntime } from '../cache.runtime.js';
import { systemClock } from '../contracts/clock.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { CacheService } from './cache-service.js';

jest.setTimeout(60_000);

const seeds = new Region<[id: string], number>('seeds', { tags: ['birds'] });
/** Read from Redis each time, or loaded. */
const direct = new Region<[id: string], number>('direct', { memory: false });

let server: RedisServer;
const running: CacheRuntime[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.close()));
  await server.stop();
});

async function processOf(options: CacheModuleOptions = {}) {
  const log = new EventLog();
  const resolved = resolveOptions({
    redis: { url: server.url },
    prefix: 'app',
    leaseTtl: '60s',
    // where a test is not about the budget, a busy machine must not make it so
    redisBudget: '5s',
    shutdownGrace: 0,
    ...options,
  });
  const runtime = new CacheRuntime(resolved, { clock: systemClock, recorder: log, reporter: silentReporter });
  running.push(runtime);
  await runtime.open();
  const cache = new CacheService(runtime.engine);
  const counts = { loads: 0 };
  const load = () => Promise.resolve(++counts.loads);
  const get = (id: string, region = direct) => cache.getOrSet(region, [id], load);
  const connected = () =>
    eventually(() => runtime.engine.partitions.named('default').store?.available('') === true);
  return { runtime, cache, log, counts, load, get, connected };
}

/** Waits until a value is kept: each load gives another one. */
const stored = (get: (id: string) => Promise<number>) =>
  eventually(async () => (await get('kept')) === (await get('kept')));

/** A loader that reads a row now and returns it when the test lets it. */
function slowRead(row: number) {
  let finish: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  return { load: () => gate.then(() => row), finish };
}

describe('without Redis', () => {
  test('that was never there, calls are answered by the loader and nothing fails; it is used once it comes', async () => {
    await server.kill();
    const { cache, log, get, connected } = await processOf();
    for (let i = 1; i <= 5; i++) expect(await get('a')).toBe(i);
    expect(await cache.evict(direct, [['a']])).toBe('queued');
    expect(await cache.invalidateTags('birds')).toBe('queued');
    expect(await cache.set(direct, ['a'], 99)).toBe('queued');
    expect(log.of('unstored')).toEqual(Array(5).fill({ type: 'unstored', why: 'unavailable' }));
    await server.restart();
    await connected();
    await stored(get);
  });

  test('that dies in between, calls are answered by the loader and nothing fails; it is used again when it is back', async () => {
    const { cache, log, get, connected } = await processOf();
    await connected();
    await stored(get);
    await server.kill();
    const values = await Promise.all(Array.from({ length: 100 }, (_, i) => get(`k${i}`)));
    expect(new Set(values).size).toBe(100);
    expect(await cache.evict(direct, [['a']])).toBe('queued');
    await server.restart();
    await connected();
    expect(log.count('new-epoch')).toBe(1);
    await stored(get);
  });

  test('calls that are under way when it dies are answered', async () => {
    const { counts, get, connected } = await processOf();
    await connected();
    server.freeze();
    const values = Array.from({ length: 50 }, (_, i) => get(`k${i}`));
    await server.kill();
    expect(new Set(await Promise.all(values)).size).toBe(50);
    expect(counts.loads).toBe(50);
  });

  test('shutting down ends, also while the server is frozen and a lease is held', async () => {
    const { runtime, cache, connected } = await processOf();
    await connected();
    void cache.getOrSet(direct, ['a'], () => new Promise<number>(() => undefined));
    await eventually(
      () => server.command('EXISTS', 'app:1:l:{direct:s1:a}'),
      (exists) => exists === '1',
    );
    server.freeze();
    await runtime.close();
    expect(await eventually(() => runtime.client()?.status === 'end')).toBe(true);
  });
});

describe('a frozen Redis', () => {
  test('costs each call its budget until the breaker opens, then nothing; it is used again when it goes on', async () => {
    const { runtime, cache, log, counts, get, connected } = await processOf({ redisBudget: 50 });
    await connected();
    await get('a');
    server.freeze();
    for (let i = 0; !log.of('breaker').length; i++) await get(`early ${i}`);
    expect(log.of('breaker')).toEqual([{ type: 'breaker', state: 'open' }]);
    const before = {
      loads: counts.loads,
      inFlight: runtime.backends.get('default')?.status().commandsInFlight ?? 0,
    };
    for (let i = 0; i < 500; i++) await get(`late ${i}`);
    expect(await cache.evict(direct, [['a']])).toBe('queued');
    expect(counts.loads - before.loads).toBe(500);
    // a beat or a probe may have been sent meanwhile, but not one command for each call
    expect((runtime.backends.get('default')?.status().commandsInFlight ?? 0) - before.inFlight).toBeLessThan(
      20,
    );
    server.thaw();
    await connected();
    await eventually(() => log.of('breaker').at(-1)?.state === 'closed');
    await stored(get);
    expect([log.count('redis-lost'), log.count('redis-connected')]).toEqual([0, 1]);
  });

  test('is sent no more than so many commands', async () => {
    const { runtime, get, connected } = await processOf({ maxCommandsInFlight: 20 });
    await connected();
    server.freeze();
    let most = 0;
    for (let i = 0; i < 100; i++) {
      void get(`k${i}`);
      await new Promise((resolve) => process.nextTick(resolve));
      most = Math.max(most, runtime.backends.get('default')?.status().commandsInFlight ?? 0);
    }
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(21);
    server.thaw();
  });

  test('that has too many reads to answer is still sent an evict', async () => {
    const { runtime, cache, get, connected } = await processOf({ maxCommandsInFlight: 3 });
    await connected();
    await get('a');
    server.freeze();
    const reads = [];
    while (runtime.engine.partitions.named('default').store?.available('')) {
      reads.push(get(`k${reads.length}`));
      await new Promise((resolve) => process.nextTick(resolve));
    }
    const evicted = cache.evict(direct, [['a']]);
    server.thaw();
    expect(await evicted).toBe('confirmed');
    await Promise.all(reads);
    expect(await get('a')).toBeGreaterThan(1);
  });

  test('keeps memory from serving for longer than maxStaleness after the last beat that came back', async () => {
    const { runtime, cache, connected } = await processOf({
      maxStaleness: 200,
      outageTtl: 0,
      redisBudget: 50,
    });
    await connected();
    await eventually(() => runtime.engine.isOpen(performance.now()));
    expect(await cache.getOrSet(seeds, ['a'], () => Promise.resolve(1))).toBe(1);
    const frozenAt = performance.now();
    server.freeze();
    let last = 0;
    await eventually(async () => {
      const at = performance.now();
      const value = await cache.getOrSet(seeds, ['a'], () => Promise.resolve(2));
      if (value === 1) last = at;
      return value === 2;
    });
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThanOrEqual(frozenAt + 200);
    server.thaw();
  });
});

describe('a restart from a snapshot that is older than an acknowledged evict', () => {
  const setUp = async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    await Promise.all([one.connected(), other.connected()]);
    const restart = async () => {
      await server.kill();
      await server.restart();
      for (const { log, connected } of [one, other]) {
        await eventually(() => log.count('new-epoch') === 1);
        await connected();
      }
    };
    const read = (id: string) =>
      Promise.all([one, other].map(({ cache }) => cache.getOrSet(direct, [id], () => Promise.resolve(2))));
    return { one, other, restart, read };
  };

  test('brings back no entry', async () => {
    const { one, other, restart, read } = await setUp();
    await one.cache.set(direct, ['a'], 1);
    await server.command('SAVE');
    expect(await other.cache.evict(direct, [['a']])).toBe('confirmed');
    await restart();
    expect(await server.command('EXISTS', 'app:1:v:{direct:s1:a}')).toBe('1');
    expect(await read('a')).toEqual([2, 2]);
  });

  test('lets no load fill with the lease that it brings back', async () => {
    const { one, other, restart, read } = await setUp();
    const { load, finish } = slowRead(1);
    const before = one.cache.getOrSet(direct, ['a'], load);
    await eventually(
      () => server.command('EXISTS', 'app:1:l:{direct:s1:a}'),
      (exists) => exists === '1',
    );
    await server.command('SAVE');
    expect(await other.cache.evict(direct, [['a']])).toBe('confirmed');
    await restart();
    expect(await server.command('EXISTS', 'app:1:l:{direct:s1:a}')).toBe('1');
    finish();
    expect(await before).toBe(1);
    await one.runtime.engine.flights.settled();
    expect(await read('a')).toEqual([2, 2]);
  });

  test('lets no write store with the marker that it brings back', async () => {
    const { one, other, restart, read } = await setUp();
    const { writes, regions } = one.runtime.engine;
    const region = regions.resolve(direct);
    const write = await writes.begin({ region, key: 'direct:s1:a', tags: [region.tag], lateTags: false });
    await server.command('SAVE');
    expect(await other.cache.evict(direct, [['a']])).toBe('confirmed');
    await restart();
    expect(await server.command('EXISTS', 'app:w:{direct:s1:a}')).toBe('1');
    await writes.commit(write, 1, { kind: 'keep', ttlMs: 60_000 });
    expect(await read('a')).toEqual([2, 2]);
  });

  test('brings back no nonce of a tag: what was loaded under the old one is not found', async () => {
    const { one, other, restart, read } = await setUp();
    await one.cache.set(direct, ['a'], 1);
    await server.command('SAVE');
    expect(await other.cache.clear(direct)).toBe('confirmed');
    await restart();
    expect(await read('a')).toEqual([2, 2]);
  });
});
