import 'reflect-metadata';
import { inspect } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CacheModule, CacheService, isCacheError } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { Garden, MARK, Nut, fail, regions } from './secrets.garden.js';

/*
 * An application through every kind of fault, with a mark in everything that must not be told. It prints what it is told:
 * the log, statistics, health, and every error of the cache with its causes. A test reads its output for the mark.
 */
const { port, password } = JSON.parse(process.argv[2] ?? '{}') as { port: number; password: string };
const target = { host: '127.0.0.1', port, password };
const PATIENCE_MS = 10_000;

for (const event of ['unhandledRejection', 'uncaughtException', 'warning'] as const)
  process.on(event, (what: unknown) => console.log(`PROCESS ${event} ${inspect(what, { depth: 8 })}`));

async function boot(cache: CacheModuleOptions) {
  const root = { module: class Root {}, imports: [CacheModule.forRoot(cache)], providers: [Garden] };
  const app = await NestFactory.create(root, { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** Errors of ours are told as a logger of the user's would tell them; the user's own are his affair. */
async function attempt(calls: readonly (() => unknown)[]): Promise<void> {
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      if (isCacheError(error)) console.log('CACHE ERROR', inspect(error, { depth: 12, showHidden: true }));
    }
  }
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come true that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const admin = new Redis(target);
const app = await boot({ redis: target, prefix: 'p', monitoring: { health: true, public: true } });
const cache = app.get(CacheService);
const garden = app.get(Garden);
const id = `${MARK}-key`;
const value = () => ({ seed: `${MARK}-value` });
const connected = () =>
  until('Redis confirms', async () => (await cache.set(regions.memory, ['canary'], 1)) === 'confirmed');

const METHODS = [
  ...(['badKey', 'asyncKey', 'asyncCondition', 'unlessNoBoolean', 'badTags', 'badPut'] as const),
  ...(['badEvict', 'badInvalidate', 'badUnit'] as const),
] as const;

/** Every call there is, with everything that Redis may refuse. */
function everything(key = id): (() => unknown)[] {
  const { plain, memory } = regions;
  return [plain, memory].flatMap((one) => [
    () => cache.getOrSet(one, [key], value),
    () => cache.get(one, [key]),
    () => cache.getMany(one, [[key], [`${key}-2`]]),
    () => cache.getOrSetMany(one, [[key], [`${key}-3`]], async (some) => some.map(value)),
    () => cache.touch(one, [key]),
    () => cache.ttl(one, [key]),
    () => cache.set(one, [key], value()),
    () => cache.expire(one, [[key]]),
    () => cache.evict(one, [[key]]),
    () => cache.clear(one),
    () => cache.invalidateTags(`${MARK}-tag-${key}`),
  ]);
}

async function userFaults(): Promise<void> {
  const { badTags, lateTags, typed, plain } = regions;
  const cyclic: Record<string, unknown> = { [id]: `${MARK}-value` };
  cyclic.self = cyclic;
  const hostile = new Proxy({ [id]: 1 }, { ownKeys: fail, get: fail, getPrototypeOf: fail });
  await attempt([
    ...METHODS.map((method) => () => garden[method](id)),
    ...[cyclic, new Nut(), Symbol(id), () => id].flatMap((what) => [
      () => garden.anything(what),
      () => garden.evictAnything(what),
      () => cache.set(plain, [what as never], value()),
      () => cache.evict(plain, [[what as never]]),
    ]),
    ...[cyclic, new Nut(), hostile, () => id, `${MARK}-value`.repeat(200_000), fail].map(
      (what) => () => cache.getOrSet(plain, [`${id}-refused`], () => what),
    ),
    ...[badTags, lateTags].flatMap((one) => [
      () => cache.getOrSet(one, [id], value),
      () => cache.set(one, [id], value()),
    ]),
    () => cache.getOrSet(typed, [id], () => new Nut()),
    () => cache.getOrSet(plain, [id], `${MARK}-value` as never),
    () => cache.evict(plain, id as never),
    () => cache.evict(plain, [id] as never),
    () => cache.setMany(plain, `${MARK}-value` as never),
    () => cache.invalidateTags({ tag: `${MARK}-tag` } as never),
    () => cache.invalidateTags(`${MARK}-tag`.repeat(100)),
    () => cache.set(plain, [id], undefined),
    () => cache.getOrSetMany(plain, [[id]], async () => [`${MARK}-value`, `${MARK}-value`]),
    () => cache.afterCommit(fail, { rolledBack: fail }),
    () => cache.evict(plain, [[id]], { confirm: 'replicated' }),
  ]);
}

/** Other bytes, and other types, in place of everything there is. */
async function spoil(): Promise<void> {
  await attempt(everything());
  for (const key of ['bytes', 'types']) {
    for (const one of [regions.plain, regions.memory]) await cache.getOrSet(one, [`${id}-${key}`], value);
    const names = await admin.keys('p:1:v:*');
    for (const name of names) {
      if (key === 'bytes') await admin.set(name, `${MARK}-bytes`);
      else await admin.multi().del(name).hset(name, MARK, MARK).exec();
    }
    await attempt(everything(`${id}-${key}`));
  }
  for (const kind of ['l', 'w', 't']) {
    const name = `${kind === 'l' ? 'p:1' : 'p'}:${kind}:{garden.plain:s${`${id}-odd`.length}:${id}-odd}`;
    await admin.multi().del(name).rpush(name, `${MARK}-bytes`).exec();
  }
  await attempt(everything(`${id}-odd`));
}

async function refusals(): Promise<void> {
  await admin.config('SET', 'maxmemory', '1');
  await attempt(everything(`${id}-oom`));
  await admin.config('SET', 'maxmemory', '0');
  await admin.publish('p:ch', `k${MARK}-message`);
  await admin.publish('p:ch', `${MARK}-message`);
  await admin.acl('SETUSER', 'default', '-mget', '-publish');
  await attempt(everything(`${id}-acl`));
  await admin.acl('SETUSER', 'default', '+@all');
  await admin.call('REPLICAOF', '127.0.0.1', '1');
  await attempt(everything(`${id}-readonly`));
  await admin.call('REPLICAOF', 'NO', 'ONE');
  await connected();
}

async function outages(): Promise<void> {
  await admin.call('CLIENT', 'PAUSE', '400', 'ALL');
  await attempt(everything(`${id}-paused`));
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await attempt(everything(`${id}-killed`));
  await connected();
}

/** Applications that never get to their Redis, or never get up. */
async function misconfigured(): Promise<void> {
  const wrong: CacheModuleOptions[] = [
    { redis: { ...target, password: `${MARK}-wrong` } },
    { redis: { url: `redis://${MARK}-user:${MARK}-url@127.0.0.1:${port}` } },
    { redis: { url: `redis://:${MARK}-url@127.0.0.1:1` } },
    { redis: { url: `http://:${MARK}-url@127.0.0.1:1` } },
    { redis: { ...target, password: [`${MARK}-password`] as never } },
    { redis: `redis://:${MARK}-url@127.0.0.1` as never },
    { monitoring: { token: MARK } },
  ];
  for (const options of wrong) {
    await attempt([
      async () => {
        const other = await boot(options);
        await other.get(CacheService).getOrSet(regions.plain, [id], value);
        await other.close();
      },
    ]);
  }
}

await connected();
console.log('SEC' + 'RET-control');
await userFaults();
await spoil();
await refusals();
await outages();
console.log('MISCONFIGURED');
await misconfigured();
const url = await app.getUrl();
for (const path of ['/cache/stats', '/health'])
  console.log(`${path} ${await (await fetch(url + path)).text()}`);
await app.close();
admin.disconnect();
console.log('ENDED IN ORDER');
