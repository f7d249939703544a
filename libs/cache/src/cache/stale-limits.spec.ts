import { describe, expect, test } from '@jest/globals';
import type { LoadContext } from '../contracts/load-context.js';
import { Region } from '../contracts/region.js';
import type { LoadWorld } from './loads.fixture.js';
import { loadWorld, outcome, TTL } from './loads.fixture.js';

const WHERE = ['memory', 'Redis'] as const;
const never = () => new Promise<string>(() => undefined);
const DOWN = new Error('the database is down');

/** What a promise has come to at this moment. */
function watch(promise: Promise<unknown>): { value: unknown } {
  const seen = { value: undefined as unknown };
  const settle = (value: unknown) => void (seen.value = value);
  void promise.then(settle, settle);
  return seen;
}

/** For how long after a moment an old value is still answered, asked every 100 ms. */
async function oldAfter(
  { clock }: { clock: { now(): number; advance(ms: number): Promise<void> } },
  ask: () => Promise<unknown>,
) {
  const from = clock.now();
  let last = from;
  for (let i = 0; i < 60; i++) {
    await clock.advance(100);
    const answer = watch(ask());
    await clock.advance(0);
    if (answer.value === 'old') last = clock.now();
  }
  return last - from;
}

const storedIn = async (where: LoadWorld['where'], region: LoadWorld['region']) => {
  const world = await loadWorld({ where, region });
  await world.cache.getOrSet(world.region, ['a'], () => 'old');
  await world.clock.advance(0);
  return world;
};

describe.each(WHERE)('What is answered while a load goes on (%s)', (where) => {
  test('is fresh while it is loaded ahead of time, and nothing is once it has come to its end', async () => {
    const { clock, cache, region, ask } = await storedIn(where, { eagerRefresh: 0.5 });
    await clock.advance(TTL * 0.6);
    expect((await ask()).value).toBe('old');
    expect((await ask()).value).toBe('old');
    await clock.advance(TTL);
    expect((await ask()).value).toBeUndefined();
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });

  test('is stale no longer than maxDuration', async () => {
    const { clock, ask } = await storedIn(where, { failSafe: { maxDuration: 10_000 }, softTimeout: 0 });
    await clock.advance(TTL + 1);
    expect((await ask()).value).toBe('old');
    await clock.advance(9_000);
    expect((await ask()).value).toBe('old');
    await clock.advance(1_000);
    expect((await ask()).value).toBeUndefined();
  });

  test.each([{ eagerRefresh: 0.5 }, { failSafe: true, softTimeout: 0 }])(
    'is nothing that carries a tag invalidated since, though only its loader named it: %j',
    async (options) => {
      const { clock, cache, region } = await loadWorld({ where, region: options });
      const tagged = (value: string) => (context: LoadContext<string>) => (context.tags('x'), value);
      for (let i = 0; i < 2; i++) {
        await cache.getOrSet(region, ['a'], tagged('old'));
        await clock.advance(0);
      }
      await clock.advance('eagerRefresh' in options ? TTL * 0.6 : TTL + 1);
      expect(await cache.getOrSet(region, ['a'], never)).toBe('old');
      await clock.advance(0);
      expect(await cache.invalidateTags('x')).toBe('confirmed');
      const answer = watch(cache.getOrSet(region, ['a'], tagged('new')));
      await clock.advance(10);
      expect(answer.value).not.toBe('old');
    },
  );

  test('inside a unit of work is what is there, and nothing is loaded ahead of time: it may never be committed', async () => {
    const { clock, cache, region } = await storedIn(where, { eagerRefresh: 0.5 });
    await clock.advance(TTL * 0.6);
    const unit = cache.afterCommit(async () => {
      expect(await cache.getOrSet(region, ['a'], () => 'uncommitted')).toBe('old');
      await clock.advance(0);
      throw DOWN;
    });
    expect(await outcome(unit)).toBe(DOWN);
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBe('old');
  });
});

describe('What another process has undone without being heard', () => {
  test('is answered no longer than maxStaleness by a refresh in the air', async () => {
    const world = await storedIn('Redis', { eagerRefresh: 0.5 });
    const { clock, cache, region, client, start } = world;
    const other = await start();
    await clock.advance(TTL * 0.6);
    client.hold('messages');
    await other.cache.evict(region, [['a']]);
    const ask = () => cache.getOrSet(region, ['a'], never);
    const ms = await oldAfter(world, ask);
    expect(ms).toBeGreaterThan(1_000);
    expect(ms).toBeLessThanOrEqual(2_000);
  });

  test('is not answered for a failing loader that began before maxStaleness was over, by nonces from memory', async () => {
    const { clock, cache, region, client, start } = await storedIn('Redis', {
      failSafe: true,
      tags: ['birds'],
    });
    const other = await start();
    await clock.advance(TTL + 1);
    client.hold('messages');
    await other.cache.invalidateTags('birds');
    await clock.advance(1_800);
    let fail: (error: unknown) => void = () => undefined;
    const answer = watch(
      cache.getOrSet(region, ['a'], () => new Promise<string>((_, reject) => (fail = reject))),
    );
    await clock.advance(1_900);
    fail(DOWN);
    await clock.advance(100);
    expect(answer.value).toBe(DOWN);
  });

  test('is not prolonged by hits while nobody vouches for it', async () => {
    const world = await storedIn('Redis', { sliding: true });
    const { clock, cache, region, client, start } = world;
    const other = await start();
    client.breakChannel();
    await clock.advance(TTL * 0.3);
    const ask = () => cache.getOrSet(region, ['a'], () => 'new');
    expect(await ask()).toBe('old');
    await clock.advance(500);
    await ask();
    expect(await other.cache.evict(region, [['a']])).toBe('confirmed');
    expect(await oldAfter(world, ask)).toBeLessThanOrEqual(2_000);
  });

  test('is not brought back by the answer to a touch that comes after the message of an expire', async () => {
    const { clock, cache, region, client, start } = await storedIn('Redis', { sliding: true });
    const other = await start();
    await clock.advance(TTL * 0.5);
    client.hold('answers');
    const ask = () => cache.getOrSet(region, ['a'], () => 'new');
    expect(await ask()).toBe('old');
    expect(await other.cache.expire(region, [['a']])).toBe('confirmed');
    client.resume('answers');
    await clock.advance(0);
    expect(await ask()).toBe('new');
  });
});

describe('A loader that failed ahead of time', () => {
  const gone = { eagerRefresh: 0.8, failSafe: { shouldServe: (error: unknown) => error !== 'gone' } };

  test('is not answered for later where the region does not want that', async () => {
    const { clock, get, source } = await loadWorld({ where: 'memory', region: gone });
    await get();
    source.error = 'gone';
    await clock.advance(TTL * 0.9);
    expect(await get()).toBe('one');
    await clock.advance(TTL * 0.2);
    expect(await outcome(get())).toBe('gone');
  });

  test('nor in the whole fleet, when the value has come to its end meanwhile', async () => {
    const { clock, ask, pending, start, region } = await loadWorld({
      where: 'Redis',
      region: { ...gone, memory: false },
    });
    const other = await start();
    await ask();
    pending[0]?.end('old');
    await clock.advance(TTL * 0.9);
    await ask();
    await clock.advance(TTL * 0.2);
    pending[1]?.fail('gone');
    await clock.advance(0);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- loaders reject with anything
    expect(await outcome(other.cache.getOrSet(region, ['a'], () => Promise.reject('gone')))).toBe('gone');
  });

  test('is left alone by the whole fleet, also where values are refreshed eagerly', async () => {
    const { clock, get, source, start } = await loadWorld({
      where: 'Redis',
      region: { eagerRefresh: 0.8, failSafe: true },
    });
    const others = [await start(), await start(), await start()];
    await get();
    source.error = DOWN;
    await clock.advance(TTL * 2);
    expect(await get()).toBe('one');
    const { loads } = source;
    for (let i = 0; i < 5; i++) {
      for (const other of others) expect(await other.get()).toBe('one');
      await clock.advance(5_000);
    }
    expect(source.loads).toBe(loads);
  });

  test('and another process that is refreshing is no failure: without a soft timeout its load is waited for', async () => {
    const { clock, ask, pending, start } = await loadWorld({
      where: 'Redis',
      region: { eagerRefresh: 0.5, failSafe: true },
    });
    const other = await start();
    await ask();
    pending[0]?.end('old');
    await clock.advance(0);
    await other.ask();
    await clock.advance(TTL - 200);
    await ask();
    await other.ask();
    await clock.advance(300);
    expect((await other.ask()).value).toBeUndefined();
    expect(other.log.count('stale')).toBe(0);
  });
});

describe('A loader that has failed', () => {
  test('is run again when somebody expires the key, to know whether it works', async () => {
    const { clock, get, source, cache, region } = await loadWorld({
      where: 'memory',
      region: { failSafe: true },
    });
    await get();
    source.error = DOWN;
    await clock.advance(TTL + 1);
    await get();
    source.error = undefined;
    source.value = 'two';
    await cache.expire(region, [['a']]);
    expect(await get()).toBe('two');
  });

  test.each([true, false])(
    'or overrun its time is answered for only where shouldServe says so (completeInBackground: %j)',
    async (completeInBackground) => {
      const { clock, ask, pending } = await loadWorld({
        where: 'memory',
        region: { hardTimeout: 1_000, completeInBackground, failSafe: { shouldServe: () => false } },
      });
      await ask();
      pending[0]?.end('old');
      await clock.advance(TTL + 1);
      const answer = await ask();
      await clock.advance(1_000);
      expect(answer.value).toMatchObject({ code: 'LOAD_TIMEOUT' });
    },
  );
});

test.each(WHERE)(
  'A refresh that fails is no failure of those who came when the value had ended: they load (%s)',
  async (where) => {
    const { clock, cache, region, ask, pending, log } = await storedIn(where, { eagerRefresh: 0.5 });
    await clock.advance(TTL * 0.6);
    await ask();
    await clock.advance(TTL);
    const late = watch(cache.getOrSet(region, ['a'], () => 'new'));
    await clock.advance(0);
    expect(late.value).toBeUndefined();
    pending[0]?.fail(DOWN);
    await clock.advance(20);
    expect(late.value).toBe('new');
    expect(log.count('load-error')).toBe(0);
  },
);

test('A refresh of which nothing is kept is not made again with every hit', async () => {
  const { clock, cache, region } = await storedIn('memory', { eagerRefresh: 0.5 });
  await clock.advance(TTL * 0.6);
  let loads = 0;
  for (let i = 0; i < 50; i++) {
    const load = ({ skip }: LoadContext<string>) => {
      loads++;
      skip();
      return 'x';
    };
    expect(await cache.getOrSet(region, ['a'], load)).toBe('old');
    await clock.advance(1);
  }
  expect(loads).toBe(1);
});

test('A key of a batch whose stale value may not answer any more is loaded', async () => {
  const { clock, cache, region, client, start } = await storedIn('Redis', {
    failSafe: true,
    softTimeout: 1_000,
  });
  const other = await start();
  await clock.advance(TTL + 1);
  watch(other.cache.getOrSet(region, ['a'], never));
  await clock.advance(0);
  client.hold('answers');
  const values = watch(
    cache.getOrSetMany(region, [['a']], (missing) => Promise.resolve(missing.map(() => 'loaded'))),
  );
  await clock.advance(0);
  client.resumeOne('answers');
  await clock.advance(0);
  watch(cache.expire(region, [['a']]));
  await clock.advance(0);
  client.resume('answers');
  await clock.advance(50);
  expect(values.value).toEqual(['loaded']);
});

test('A key of a batch is not loaded ahead of time: its loader cannot be run for it alone', async () => {
  const { clock, cache, region, log } = await storedIn('Redis', { eagerRefresh: 0.5, memory: false });
  await clock.advance(TTL * 0.6);
  const load = () => Promise.reject(DOWN);
  expect(await cache.getOrSetMany(region, [['a']], load)).toEqual(['old']);
  await clock.advance(0);
  expect(['loaded', 'refreshed', 'load-failed'].map((type) => log.count(type))).toEqual([1, 0, 0]);
  expect(await cache.getOrSet(region, ['a'], () => 'new')).toBe('old');
  await clock.advance(0);
  expect(log.count('refreshed')).toBe(1);
});

test('A call without a key inside a load speaks of itself, not of that load', async () => {
  const { clock, cache, region } = await storedIn('memory', { failSafe: true });
  const inner = new Region<[unknown], string>('inner', {});
  await clock.advance(TTL + 1);
  const load = async () => {
    const ask = (context: LoadContext<string>) => {
      context.skip();
      return context.stale ?? 'inner value';
    };
    return cache.getOrSet(inner, [() => 1], ask);
  };
  expect(await cache.getOrSet(region, ['a'], load)).toBe('inner value');
  expect(await cache.get(region, ['a'])).toBe('inner value');
});

test('Fail-safe of a call in a strict region is refused', async () => {
  const { cache, region } = await loadWorld({ where: 'Redis', region: { strict: true } });
  const call = cache.getOrSet(region, ['a'], () => 'one', { failSafe: true });
  expect(await outcome(call)).toMatchObject({ code: 'INVALID_OPTION' });
});
