import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Injectable, createParamDecorator } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CacheModule, CacheService, Cacheable, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';

/*
 * Work that fails where nobody waits for it any more, or never did. It prints every rejection and exception that reached
 * the process, and at last causes one on purpose, which shows that they would be seen.
 */
const { port } = JSON.parse(process.argv[2] ?? '{}') as { port: number };
const target = { host: '127.0.0.1', port };
const PATIENCE_MS = 10_000;
let scene = 'boot';

for (const event of ['unhandledRejection', 'uncaughtException', 'warning'] as const)
  process.on(event, (what: unknown) => console.log(`PROCESS ${event} in ${scene}: ${String(what)}`));

const failing = () => Promise.reject(new Error('of a loader'));
const soonFailing = (ms: number) => async () => {
  await pause(ms);
  return failing();
};
const lastFailing = (fail: () => Promise<never>) => async (keys: readonly unknown[]) =>
  keys.map((_, at) => (at < keys.length / 2 ? 'a' : fail())) as string[];
const range = (count: number) => Array.from({ length: count }, (_, at) => [`k${at}`] as [string]);

const regions = defineRegions('unheard', {
  plain: region<[id: string], string>(),
  direct: region<[id: string], string>({ memory: false, tags: (id) => [id] }),
  sliding: region<[id: string], string>({ sliding: true, ttl: '100ms', memory: false }),
  stale: region<[id: string], string>({ ttl: '20ms', failSafe: true }),
  tags: region<[id: string], string>({ tags: failing as never }),
  late: region<[id: string], string>({ resultTags: failing as never }),
});

/** Loads whose callers do not wait for their end: too slow, overrun, behind a stale value, or ahead of time. */
const LATE_LOADS: Record<string, Parameters<CacheService['getOrSet']>[3]> = {
  hard: { hardTimeout: 5, failSafe: false },
  overrun: { hardTimeout: 5, completeInBackground: true, failSafe: false },
  stale: { failSafe: { shouldServe: failing as never, throttle: 0 } },
  soft: { failSafe: true, softTimeout: 0 },
  ahead: { eagerRefresh: 0.01, ttl: '1h' },
};

const Broken = createParamDecorator(failing);

@Controller('seeds')
class Seeds {
  @Get()
  @Cacheable({ region: 'unheard.route' })
  async find(@Broken() _broken: unknown): Promise<string> {
    return 'found';
  }
}

@Injectable()
class Shelf {
  @Cacheable(regions.direct)
  find(_id: string): Promise<string> {
    return soonFailing(20)();
  }
}

async function boot(cache: CacheModuleOptions = {}) {
  const imports = [
    CacheModule.forRoot({ redis: target, shutdownGrace: '20ms', leaseTtl: '100ms', ...cache }),
  ];
  const app = await NestFactory.create(
    { module: class Root {}, imports, providers: [Shelf], controllers: [Seeds] },
    { logger: false, abortOnError: false },
  );
  await app.listen(0, '127.0.0.1');
  const service = app.get(CacheService);
  const deadline = Date.now() + PATIENCE_MS;
  while ((await service.set('canary', [], 1)) !== 'confirmed') {
    if (Date.now() > deadline) throw new Error('Redis does not confirm');
    await pause(5);
  }
  return { app, cache: service, shelf: app.get(Shelf) };
}

const admin = new Redis(target);
const { app, cache, shelf } = await boot();
const settle = (calls: readonly Promise<unknown>[]) => Promise.allSettled(calls);

const scenes: Record<string, () => Promise<unknown>> = {
  'joined loads that fail': () => settle(Array.from({ length: 10 }, () => shelf.find('oak'))),
  'batches whose loader fails': () =>
    settle([
      cache.getOrSetMany(regions.direct, range(500), soonFailing(5)),
      ...range(20).map((key) => cache.getOrSet(regions.direct, key, failing)),
      cache.getOrSetMany(regions.direct, range(500), failing),
    ]),
  // the last keys are waited for only when the first are stored
  'batches whose last values fail': () =>
    settle([
      cache.getOrSetMany(regions.direct, range(500), lastFailing(failing)),
      cache.getOrSetMany(regions.plain, range(500), lastFailing(soonFailing(1))),
    ]),
  'tags that are promises': () =>
    settle([
      ...[regions.tags, regions.late].flatMap((one) => [
        cache.getOrSet(one, ['a'], () => 'a'),
        cache.getOrSetMany(one, range(3), async (keys) => keys.map(String)),
        cache.set(one, ['a'], 'a'),
        cache.getMany(one, range(3)),
      ]),
    ]),
  'a parameter of a route': async () => (await fetch(`${await app.getUrl()}/seeds`)).text(),
  'a unit that fails': () =>
    settle([
      cache.afterCommit(() => cache.getOrSet(regions.plain, ['unit'], failing), {
        rolledBack: failing as never,
      }),
    ]),
  'loads that fail after their callers have an answer': async () => {
    for (const [name, options] of Object.entries(LATE_LOADS)) {
      const key: [string] = [name];
      await cache.getOrSet(regions.stale, key, () => 'old');
      await pause(25);
      const late = soonFailing(20);
      await settle([
        cache.getOrSet(regions.stale, key, late, options),
        cache.getOrSetMany(regions.stale, [key], late, options),
      ]);
      await pause(40);
    }
  },
  'a lease that cannot be renewed': async () => {
    const slow = settle([cache.getOrSet(regions.direct, ['slow'], soonFailing(300))]);
    await pause(20);
    await admin.call('CLIENT', 'PAUSE', '200', 'ALL');
    await slow;
  },
  'entries that cannot be prolonged': async () => {
    await cache.set(regions.sliding, ['a'], 'a');
    await pause(50);
    await admin.config('SET', 'maxmemory', '1');
    for (let time = 0; time < 3; time++) await cache.get(regions.sliding, ['a']);
    await admin.config('SET', 'maxmemory', '0');
  },
  'connections that break under way': async () => {
    const calls = range(50).flatMap((key) => [
      cache.getOrSet(regions.direct, key, async () => 'a'),
      cache.evict(regions.direct, [key]),
      cache.set(regions.direct, key, 'b'),
      cache.invalidateTags(key),
    ]);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await settle(calls);
  },
  'a logger that fails': async () => {
    const fail = () => {
      throw new Error('disk full');
    };
    app.useLogger({ log: fail, warn: fail, error: fail });
    await cache.getOrSet(regions.plain, ['logger'], () => Symbol('no value') as never);
    await cache.getOrSet(regions.plain, [fail as never], () => 'a');
    app.useLogger(false);
  },
  'a load that outlives its application': async () => {
    const other = await boot();
    const load = settle([other.cache.getOrSet(regions.direct, ['outlives'], soonFailing(100))]);
    const many = settle([other.cache.getOrSetMany(regions.direct, range(3), soonFailing(100))]);
    await other.app.close();
    await Promise.all([load, many]);
    await settle([
      other.cache.getOrSet(regions.direct, ['after'], failing),
      other.cache.evict(regions.direct, [['a']]),
    ]);
  },
};

for (const [name, work] of Object.entries(scenes)) {
  scene = name;
  await work();
  // what is unheard comes up after the microtasks
  await pause(20);
  console.log(`DONE ${name}`);
}
await app.close();
admin.disconnect();
scene = 'the control';
void Promise.reject(new Error('on purpose'));
await pause(1);
console.log('ENDED IN ORDER');
