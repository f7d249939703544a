import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { DynamicModule } from '@nestjs/common';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import {
  Cacheable,
  CacheEvict,
  CacheModule,
  CacheService,
  CacheStrategy,
  CachePut,
  defineRegions,
  region,
} from 'nuthatch';
import type { CacheTestingOptions } from 'nuthatch/testing';
import {
  CacheTestingModule,
  FakeClock,
  MemoryStore,
  RecordedEvents,
  RecordedReports,
  TestRedis,
} from 'nuthatch/testing';
import { restoreEnvironment, setEnvironment } from '../module/environment.js';

class Bark {}

const trees = defineRegions('trees', {
  tree: region<[id: string], { readonly id: string; readonly n: number }>({ tags: ['trees'] }),
  short: region<[id: string], number>({ ttl: '1s' }),
  bark: region<[id: string], Bark>(),
  safe: region<[id: string], number>({ ttl: '1m', failSafe: true, softTimeout: 100 }),
});

@Injectable()
class Trees {
  loads = 0;

  @Cacheable(trees.tree)
  async find(id: string) {
    return { id, n: ++this.loads };
  }

  @CachePut(trees.tree)
  async plant(id: string) {
    return { id, n: ++this.loads };
  }

  @CacheEvict(trees.tree, (id: string) => [id])
  async fell(_id: string) {}
}

@Injectable()
class TreeStrategy extends CacheStrategy {
  readonly regions = trees;
}

const sleep = (clock: FakeClock, ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

const running: TestingModule[] = [];

restoreEnvironment();

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

async function startOn(cache: DynamicModule, providers: (new () => unknown)[] = [Trees]) {
  const app = await Test.createTestingModule({ imports: [cache], providers }).compile();
  running.push(await app.init());
  return app;
}

async function start(options?: CacheTestingOptions) {
  const app = await startOn(CacheTestingModule.forRoot(options));
  const [service, cache, clock] = [app.get(Trees), app.get(CacheService), app.get(FakeClock)];
  const [events, redis] = [app.get(RecordedEvents), app.get(TestRedis)];
  return { app, trees: service, cache, clock, events, redis, tree: events.of(trees.tree) };
}

describe('a cache in a test', () => {
  test('keeps what a method returns for its time on the clock of the test', async () => {
    const { trees: service, clock, tree } = await start();
    expect(await service.find('a')).toEqual({ id: 'a', n: 1 });
    await clock.advance(299_999);
    expect(await service.find('a')).toEqual({ id: 'a', n: 1 });
    await clock.advance(1);
    expect(await service.find('a')).toEqual({ id: 'a', n: 2 });
    expect([tree.loads, tree.hits, tree.memoryHits]).toEqual([2, 1, 1]);
  });

  test('evicts, puts, invalidates and clears as the application does', async () => {
    const { trees: service, cache, tree } = await start();
    await service.find('a');
    await service.fell('a');
    expect((await service.find('a')).n).toBe(2);
    await service.plant('a');
    expect((await service.find('a')).n).toBe(3);
    expect(await cache.invalidateTags('trees')).toBe('confirmed');
    expect((await service.find('a')).n).toBe(4);
    expect(await cache.clear(trees.tree)).toBe('confirmed');
    expect((await service.find('a')).n).toBe(5);
    expect([tree.evictions, tree.count('written'), tree.count('cleared')]).toEqual([1, 1, 1]);
    expect(tree.of('written')).toEqual([{ type: 'written', stored: true }]);
  });

  test('keeps the lifetimes of CacheService, too', async () => {
    const { cache, clock } = await start();
    await cache.set(trees.short, ['a'], 7);
    expect(await cache.ttl(trees.short, ['a'])).toBe(1_000);
    await clock.advance(400);
    expect(await cache.ttl(trees.short, ['a'])).toBe(600);
    await cache.touch(trees.short, ['a']);
    await clock.advance(900);
    expect(await cache.get(trees.short, ['a'])).toBe(7);
    await clock.advance(100);
    expect(await cache.get(trees.short, ['a'])).toBeUndefined();
  });

  test('answers with a stale value where a loader fails or is slow, and records it', async () => {
    const { cache, clock, events } = await start();
    const safe = events.of(trees.safe);
    expect(await cache.getOrSet(trees.safe, ['a'], () => 1)).toBe(1);
    await clock.advance(60_000);
    const slow = cache.getOrSet(trees.safe, ['a'], () => sleep(clock, 5_000).then(() => 2));
    await clock.advance(100);
    expect(await slow).toBe(1);
    await clock.advance(5_000);
    expect(await cache.getOrSet(trees.safe, ['a'], () => 3)).toBe(2);
    await clock.advance(60_000);
    const failing = cache.getOrSet(trees.safe, ['a'], () => Promise.reject(new Error('no database')));
    expect(await failing).toBe(2);
    expect(safe.of('stale').map(({ why }) => why)).toEqual(['slow', 'failed']);
    expect([safe.loads, safe.hits]).toEqual([3, 3]);
  });

  test('knows the regions of strategies and of partitions', async () => {
    const far = region<[id: string], number>({ partition: 'far' });
    const { far: regionFar } = defineRegions('seeds', { far });
    const { cache, app } = await start({
      strategies: [TreeStrategy],
      partitions: { far: { url: 'redis://nobody.invalid' } },
      regions: [regionFar],
    });
    expect(app.get(TreeStrategy).regions).toBe(trees);
    expect(await cache.get('trees.short', ['a'])).toBeUndefined();
    expect(await cache.getOrSet(regionFar, ['a'], () => 1)).toBe(1);
    expect(await cache.getOrSet(regionFar, ['a'], () => 2)).toBe(1);
  });

  test('says what it would have written to the log', async () => {
    const { app, cache } = await start();
    await cache.getOrSet(trees.bark, ['a'], () => new Bark());
    expect(app.get(RecordedReports).warnings).toEqual([expect.stringContaining('instance of Bark')]);
  });

  test('forgets its record of what happened when it is told to', async () => {
    const { trees: service, events, tree } = await start();
    await service.find('a');
    events.clear();
    await service.find('a');
    expect([tree.loads, tree.hits]).toEqual([0, 1]);
  });

  test('reads no environment and opens no socket', async () => {
    let connections = 0;
    const server = createServer(() => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    setEnvironment({ REDIS_URL: `redis://127.0.0.1:${port}`, CACHE_DEFAULT_TTL: '1', REDIS_CACHE_DB: 'x' });
    const { trees: service, clock, tree } = await start();
    await service.find('a');
    await clock.advance(60_000);
    await service.find('a');
    expect([tree.loads, connections]).toEqual([1, 0]);
    await new Promise((resolve) => server.close(resolve));
  });

  test('leaves no timer when it is closed, not even with a load that hangs', async () => {
    const { app, cache, clock, trees: service } = await start();
    await service.find('a');
    void cache.getOrSet(trees.short, ['a'], () => new Promise<number>(() => undefined));
    await clock.advance(0);
    expect(clock.timers).toBeGreaterThan(0);
    running.length = 0;
    await app.close();
    expect(clock.timers).toBe(0);
  });

  test('is another one for each test that the same module is compiled for', async () => {
    const module = CacheTestingModule.forRoot();
    const [one, other] = [await startOn(module), await startOn(module)];
    for (const type of [FakeClock, MemoryStore, RecordedEvents, TestRedis]) {
      expect(one.get<object>(type)).not.toBe(other.get<object>(type));
    }
  });

  test('takes no store on another clock', () => {
    const store = new MemoryStore();
    const compiled = Test.createTestingModule({ imports: [CacheTestingModule.forRoot({ store })] }).compile();
    return expect(compiled).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('two applications with one store', () => {
  test('share their entries and one load', async () => {
    const one = await start();
    const other = await start({ store: one.app.get(MemoryStore) });
    expect(other.clock).toBe(one.clock);
    const finding = Promise.all([one.trees.find('a'), other.trees.find('a')]);
    // one waits for the other's load, and looks again after a while
    await one.clock.advance(100);
    const found = await finding;
    expect(found).toEqual([found[0], found[0]]);
    expect(one.tree.loads + other.tree.loads).toBe(1);
    expect(await other.trees.find('a')).toEqual(found[0]);
  });

  test('hear of each other’s evicts at once', async () => {
    const one = await start();
    const other = await start({ store: one.app.get(MemoryStore) });
    await one.trees.find('a');
    await other.trees.find('a');
    await one.trees.fell('a');
    expect((await other.trees.find('a')).n).toBe(1);
    expect(other.tree.loads).toBe(1);
  });

  test('lose their entries together when Redis restarts', async () => {
    const one = await start();
    const other = await start({ store: one.app.get(MemoryStore) });
    await one.trees.find('a');
    await other.trees.find('a');
    one.app.get(MemoryStore).restart();
    await other.trees.find('a');
    await one.trees.find('a');
    expect([one.tree.loads, other.tree.loads]).toEqual([1, 1]);
  });
});

describe('an outage of Redis', () => {
  test('lets every call load, and keeps what it loads for outageTtl only', async () => {
    const { trees: service, clock, redis, tree, events } = await start();
    await service.find('a');
    redis.disconnect();
    await service.find('a');
    await clock.advance(1_001);
    await service.find('a');
    expect([tree.loads, redis.connected]).toEqual([3, false]);
    expect(tree.of('unstored')).toEqual(Array(2).fill({ type: 'unstored', why: 'unavailable' }));
    expect(events.system).toContainEqual({ type: 'redis-lost' });
  });

  test('is made up for when it ends: what was evicted meanwhile is evicted then', async () => {
    const { trees: service, cache, redis } = await start();
    await service.find('a');
    redis.disconnect();
    expect(await cache.evict(trees.tree, [['a']])).toBe('queued');
    expect(await cache.invalidateTags('trees')).toBe('queued');
    await redis.reconnect();
    expect((await service.find('a')).n).toBe(2);
    expect(await cache.evict(trees.tree, [['a']])).toBe('confirmed');
  });

  test('hides the evicts of others, and what one has in memory is not believed after it', async () => {
    const one = await start();
    const other = await start({ store: one.app.get(MemoryStore) });
    await one.trees.find('a');
    one.redis.disconnect();
    await other.trees.fell('a');
    await one.redis.reconnect();
    await one.trees.find('a');
    expect(one.tree.loads).toBe(2);
  });

  test('costs a call its budget where Redis hangs, and no more', async () => {
    const { trees: service, clock, redis } = await start();
    redis.store.faults.hang('read');
    const found = service.find('a');
    await clock.advance(49);
    expect(service.loads).toBe(0);
    await clock.advance(1);
    expect(await found).toEqual({ id: 'a', n: 1 });
    expect(redis.store.timeouts).toHaveLength(1);
  });

  test('leaves an evict without an answer queued, though it was executed', async () => {
    const { trees: service, cache, clock, redis } = await start();
    await service.find('a');
    redis.store.faults.loseReply('evict');
    const outcome = cache.evict(trees.tree, [['a']]);
    await clock.advance(50);
    expect(await outcome).toBe('queued');
    expect((await service.find('a')).n).toBe(2);
  });
});

@Controller('trees')
class TreeController {
  loads = 0;

  @Get()
  @Cacheable({ region: 'trees.all' })
  async all() {
    return { n: ++this.loads };
  }
}

@Module({
  imports: [CacheTestingModule.forRoot({ monitoring: { health: true, public: true } })],
  controllers: [TreeController],
})
class WebModule {}

test('routes are cached, and neither health nor figures are served', async () => {
  const module = await Test.createTestingModule({ imports: [WebModule] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const get = async (path: string) => fetch(`${await app.getUrl()}${path}`);
  try {
    const answers = [await (await get('/trees')).json(), await (await get('/trees')).json()];
    expect(answers).toEqual([{ n: 1 }, { n: 1 }]);
    expect([(await get('/health')).status, (await get('/cache/stats')).status]).toEqual([404, 404]);
  } finally {
    await app.close();
  }
});

test('the real module and the one of tests do not disturb each other in one process', async () => {
  const [real, double] = [await startOn(CacheModule.forRoot()), await start()];
  await real.get(Trees).find('a');
  expect([real.get(Trees).loads, double.trees.loads]).toEqual([1, 0]);
});
