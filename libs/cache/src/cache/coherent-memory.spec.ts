import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EventLog, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { resolveOptions } from '../cache.options.js';
import { CacheRuntime } from '../cache.runtime.js';
import { systemClock } from '../contracts/clock.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { CacheService } from './cache-service.js';

jest.setTimeout(60_000);

const birds = new Region<[id: string], string>('birds', { tags: (id) => ['all', `tree:${id}`] });
const trees = new Region<[id: string], string>('trees', {});

let server: RedisServer;
const running: CacheRuntime[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.close()));
  await server.stop();
});

/** One process; `where` says from where a value comes: its memory, Redis, or a load. */
async function processOf(name: string) {
  const log = new EventLog();
  // nothing here is about the budget: a busy machine must not make it so
  const resolved = resolveOptions({ redis: { url: server.url }, prefix: 'app', redisBudget: '5s' });
  const runtime = new CacheRuntime(resolved, { clock: systemClock, recorder: log, reporter: silentReporter });
  running.push(runtime);
  await runtime.open();
  const { engine } = runtime;
  const trusted = () => engine.isOpen(performance.now());
  await eventually(trusted);
  const cache = new CacheService(engine);
  let loads = 0;
  const get = (id: string, region = birds) =>
    cache.getOrSet(region, [id], () => Promise.resolve(`${name} ${++loads}`));
  const where = async (id: string, region = birds): Promise<'memory' | 'redis' | 'load'> => {
    const before = { hits: log.memoryHits, loads };
    await get(id, region);
    await engine.flights.settled();
    if (loads > before.loads) return 'load';
    return log.memoryHits > before.hits ? 'memory' : 'redis';
  };
  return { engine, cache, log, get, where, trusted };
}

/** Two processes that both have birds a and b and tree a in memory. */
async function warmPair() {
  const [one, other] = await Promise.all([processOf('one'), processOf('other')]);
  for (const { where } of [one, other]) {
    for (const id of ['a', 'b']) await where(id);
    await where('a', trees);
  }
  for (const { where } of [one, other]) {
    expect([await where('a'), await where('b'), await where('a', trees)]).toEqual([
      'memory',
      'memory',
      'memory',
    ]);
  }
  return { one, other };
}

describe('an invalidation in another process', () => {
  test('of a key removes it from memory here, and nothing else', async () => {
    const { one, other } = await warmPair();
    expect(await other.cache.evict(birds, [['a']])).toBe('confirmed');
    await eventually(
      () => one.where('a'),
      (from) => from !== 'memory',
    );
    expect([await one.where('a'), await one.where('b'), await one.where('a', trees)]).toEqual([
      'memory',
      'memory',
      'memory',
    ]);
    expect(await other.get('a')).toBe(await one.get('a'));
  });

  test('of a tag condemns every entry that carries it, in memory and in Redis, and no other', async () => {
    const { one, other } = await warmPair();
    expect(await other.cache.invalidateTags('tree:a')).toBe('confirmed');
    await eventually(
      () => one.where('a'),
      (from) => from === 'load',
    );
    expect([await one.where('b'), await one.where('a', trees)]).toEqual(['memory', 'memory']);
    expect(await other.where('a')).toBe('redis');
    expect(await other.get('a')).toMatch(/^one/);
    expect(await one.cache.invalidateTags('all')).toBe('confirmed');
    expect([await one.where('a'), await one.where('b')]).toEqual(['load', 'load']);
    await eventually(async () => (await other.get('b')) === (await one.get('b')));
  });

  test('of a region condemns every entry of it, and no other region', async () => {
    const { one, other } = await warmPair();
    expect(await other.cache.clear(birds)).toBe('confirmed');
    await eventually(
      () => one.where('a'),
      (from) => from === 'load',
    );
    expect([await one.where('b'), await one.where('a', trees)]).toEqual(['load', 'memory']);
    expect([await other.where('a'), await other.where('b')]).toEqual(['redis', 'redis']);
  });

  test('of a tag is one command, however many entries carry it', async () => {
    const { one, other } = await warmPair();
    const ids = Array.from({ length: 500 }, (_, i) => `id${i}`);
    await Promise.all(ids.map((id) => one.get(id)));
    await one.engine.flights.settled();
    await other.cache.invalidateTags('all');
    await eventually(
      () => one.where('id0'),
      (from) => from === 'load',
    );
    const values = await Promise.all(ids.map((id) => one.where(id)));
    expect(values.slice(1).filter((from) => from !== 'load')).toEqual([]);
  });
});

describe('memory', () => {
  test('serves nothing when the channel was cut, and serves again after a beat has come back', async () => {
    const { one } = await warmPair();
    const { log, where, trusted } = one;
    const gaps = log.count('channel-gap');
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => log.count('channel-gap') > gaps);
    await eventually(trusted);
    expect(await where('a')).toBe('redis');
    expect(await where('a')).toBe('memory');
  });

  test('is emptied by a message that nobody understands, and serves again after a beat has come back', async () => {
    const { one } = await warmPair();
    await server.command('PUBLISH', 'app:ch', 'what a fine day');
    await eventually(() => one.log.of('channel-gap').some(({ reason }) => reason === 'unreadable message'));
    await eventually(one.trusted);
    expect([await one.where('a'), await one.where('a')]).toEqual(['redis', 'memory']);
  });

  test('is emptied when the data of the server was flushed', async () => {
    const { one } = await warmPair();
    await server.command('FLUSHALL');
    await eventually(() => one.log.count('new-epoch') > 0);
    expect(one.engine.memory.items).toBe(0);
    expect(await one.where('a')).toBe('load');
  });

  test('keeps what is read while the channel stays silent for outageTtl only, and trusts it again when it speaks', async () => {
    const { one } = await warmPair();
    const rights = (rule: string) => server.command('ACL', 'SETUSER', 'default', rule);
    // commands are answered, but this user may hear no channel any more, and is disconnected from those it heard
    await rights('resetchannels');
    await eventually(() => one.log.of('channel-gap').some(({ reason }) => String(reason).includes('NOPERM')));
    expect([await one.where('a'), await one.where('a')]).toEqual(['redis', 'memory']);
    await eventually(
      () => one.where('a'),
      (from) => from === 'redis',
    );
    expect(one.trusted()).toBe(false);
    await rights('allchannels');
    await eventually(one.trusted);
    expect([await one.where('b'), await one.where('b')]).toEqual(['redis', 'memory']);
  });
});

test('two applications on one server with different prefixes know nothing of each other', async () => {
  const [one] = await Promise.all([processOf('one')]);
  await one.where('a');
  const resolved = resolveOptions({ redis: { url: server.url }, prefix: 'other', redisBudget: '5s' });
  const log = new EventLog();
  const runtime = new CacheRuntime(resolved, { clock: systemClock, recorder: log, reporter: silentReporter });
  running.push(runtime);
  await runtime.open();
  await eventually(() => runtime.engine.isOpen(performance.now()));
  const cache = new CacheService(runtime.engine);
  expect(await cache.getOrSet(birds, ['a'], () => Promise.resolve('of the other'))).toBe('of the other');
  expect(await cache.evict(birds, [['a']])).toBe('confirmed');
  expect(await cache.clear(birds)).toBe('confirmed');
  // beyond the time a message takes: one of our own has come back since
  await one.cache.evict(trees, [['a']]);
  expect(await one.where('a')).toBe('memory');
});
