import { describe, expect, test } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import type { CacheModuleOptions } from '../cache.options.js';
import { resolveOptions } from '../cache.options.js';
import { Counters, Ranking } from '../contracts/derived.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FaultyDerivedStore } from '../testing/faults/faulty-derived-store.js';
import { FaultyStore } from '../testing/faults/faulty-store.js';
import { MemoryChannel } from '../testing/memory/memory-channel.js';
import { MemoryStore } from '../testing/memory/memory-store.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const tally = new Counters<[question: number]>('tally', { ttl: '1d' });
const trending = new Ranking<[community: string]>('trending', { ttl: '1d', halfLife: '1h' });
const HOUR = 3_600_000;
const AT_7 = tally.at(7);

/** Something that one side waits for and the other gives. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** Votes in a database, and processes that count them. */
async function setUp(place: 'memory only' | 'memory and Redis', module: CacheModuleOptions = {}) {
  const clock = new FakeClock();
  const memory = new MemoryStore(clock);
  const votes = new Map<string, string>();
  const counts = { begun: 0 };
  const count = (): Record<string, number> => {
    const all: Record<string, number> = {};
    for (const position of votes.values()) all[position] = (all[position] ?? 0) + 1;
    return all;
  };
  const start = async () => {
    const log = new EventLog();
    const store = new FaultyStore(memory, clock);
    const derived = new FaultyDerivedStore(memory.derived, clock);
    const shared = { store, channel: new MemoryChannel(memory), derived };
    const ports = { clock, recorder: log, reporter: silentReporter };
    const engine = new Engine(
      place === 'memory only' ? ports : { ...ports, shared },
      resolveOptions(module).engine,
    );
    engine.open();
    await clock.advance(0);
    const cache = new CacheService(engine);
    const read = async () => ({
      ...(await cache.counts(tally, [7], () => {
        counts.begun++;
        return count();
      })),
    });
    const vote = (member: string, position: string, meanwhile: () => unknown = () => undefined) =>
      cache.change([AT_7], { subject: member }, async (change) => {
        const before = votes.get(member);
        votes.set(member, position);
        await meanwhile();
        if (before === position) return 'same';
        change.add(AT_7, { [position]: 1 });
        if (before !== undefined) change.add(AT_7, { [before]: -1 });
        return 'changed';
      });
    const events = () => (log.regions.get('tally') ?? []).map(({ type }) => type);
    const cutOff = () => {
      store.unavailable = true;
      derived.faults.fail();
    };
    const comeBack = async () => {
      derived.faults.heal();
      const server = { promoted: false, owns: () => true };
      await engine.partitions.named('default').delivery?.resume(server);
      store.unavailable = false;
    };
    return { cache, engine, read, vote, events, derived, store, cutOff, comeBack };
  };
  return { clock, memory, votes, count, counts, start };
}

describe.each(['memory only', 'memory and Redis'] as const)('counters, %s', (place) => {
  test('are counted once, and follow each change', async () => {
    const { votes, counts, start } = await setUp(place);
    votes.set('a', 'yea');
    const one = await start();
    expect(await one.read()).toEqual({ yea: 1 });
    expect(await one.vote('b', 'yea')).toBe('changed');
    expect(await one.read()).toEqual({ yea: 2 });
    await one.vote('b', 'nay');
    await one.vote('b', 'nay');
    await one.vote('a', 'nay');
    expect(await one.read()).toEqual({ nay: 2 });
    expect(counts.begun).toBe(1);
  });

  test('are counted once for all who come at once, by different keys apart', async () => {
    const { counts, start } = await setUp(place);
    const { read, cache } = await start();
    const others = cache.counts(tally, [8], () => ({ yea: 8 }));
    expect(await Promise.all([read(), read(), read()])).toEqual([{}, {}, {}]);
    expect({ ...(await others) }).toEqual({ yea: 8 });
    expect(counts.begun).toBe(1);
  });

  test('are counted anew after a change that failed, whether it reached the database or not', async () => {
    const { votes, counts, start } = await setUp(place);
    const { read, vote } = await start();
    await read();
    const fails = () => Promise.reject(new Error('the connection broke'));
    await expect(vote('a', 'yea', fails)).rejects.toThrow('the connection broke');
    expect(votes.get('a')).toBe('yea');
    expect(await read()).toEqual({ yea: 1 });
    expect(counts.begun).toBe(2);
  });

  test('are counted anew when an attempt whose end nobody heard of is made again', async () => {
    const { start, clock } = await setUp(place);
    const { read, vote } = await start();
    await read();
    const never = new Promise(() => undefined);
    void vote('a', 'yea', () => never);
    await clock.advance(0);
    expect(await vote('a', 'yea')).toBe('same');
    const reading = read();
    await clock.advance(1_000);
    expect(await reading).toEqual({ yea: 1 });
  });

  test('are counted anew when a change took longer than it may, and it may end all the same', async () => {
    const { start, clock } = await setUp(place, { maxWrite: '2s' });
    const { read, vote } = await start();
    await read();
    const { given, give } = signal();
    const late = vote('a', 'yea', () => given);
    await clock.advance(2_001);
    expect(await read()).toEqual({ yea: 1 });
    give();
    await late;
    expect(await read()).toEqual({ yea: 1 });
  });

  test('show nobody else what a unit of work has not committed', async () => {
    const { votes, start } = await setUp(place);
    const { cache, read, vote } = await start();
    await read();
    const { given, give } = signal();
    const unit = cache.afterCommit(async () => {
      await vote('a', 'yea');
      expect(await read()).toEqual({ yea: 1 });
      votes.delete('a');
      await given;
      votes.set('a', 'yea');
    });
    expect(await read()).toEqual({});
    give();
    await unit;
    expect(await read()).toEqual({ yea: 1 });
  });

  test('are removed once more by a change that nobody waited for in its unit of work', async () => {
    const { start, votes } = await setUp(place);
    const { cache, read } = await start();
    const { given, give } = signal();
    let late: Promise<void> | undefined;
    await cache.afterCommit(async () => {
      late = cache.change([AT_7], { subject: 'a' }, async () => {
        await given;
        votes.set('a', 'yea');
      });
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(await read()).toEqual({});
    give();
    await late;
    expect(await read()).toEqual({ yea: 1 });
  });

  test('may be asked for while they are counted', async () => {
    const { start, count, votes } = await setUp(place);
    const { cache } = await start();
    votes.set('a', 'yea');
    const outer = await cache.counts(tally, [7], () => cache.counts(tally, [7], count));
    expect({ ...outer }).toEqual({ yea: 1 });
  });

  test('wait for a count that hangs for as long as for any other, and are then counted', async () => {
    const { start, clock, count } = await setUp(place, { leaseWait: '1s' });
    const { cache } = await start();
    const begun = signal();
    void cache.counts(tally, [7], () => (begun.give(), new Promise(() => undefined)));
    await begun.given;
    const reading = cache.counts(tally, [7], count);
    for (let i = 0; i < 40; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(100);
    }
    expect({ ...(await reading) }).toEqual({});
  });

  test('are counted anew when they are dropped', async () => {
    const { votes, start } = await setUp(place);
    const { cache, read } = await start();
    await read();
    votes.set('a', 'yea');
    expect(await read()).toEqual({});
    expect(await cache.drop([AT_7])).toBe('confirmed');
    expect(await read()).toEqual({ yea: 1 });
  });

  test('say what is wrong with what they are told, and a change that says it removes them', async () => {
    const { start, votes } = await setUp(place);
    const { cache, read } = await start();
    await read();
    const wrong = { code: 'INVALID_OPTION' };
    await expect(cache.counts(tally, [1], () => ({ a: -1 }))).rejects.toMatchObject(wrong);
    await expect(cache.counts(tally, [1], () => ({ a: 0.5 }))).rejects.toMatchObject(wrong);
    await expect(cache.counts(tally, [1], () => null as never)).rejects.toMatchObject(wrong);
    await expect(cache.counts(tally, [1], () => ({ '\ud800': 1 }))).rejects.toMatchObject(wrong);
    await expect(cache.counts(trending as never, ['a'], () => ({}))).rejects.toMatchObject(wrong);
    await expect(cache.counts(tally, [(() => 1) as never], () => ({}))).rejects.toMatchObject({
      code: 'NO_CANONICAL_KEY',
    });
    await expect(cache.change([AT_7], { subject: '' }, async () => 1)).rejects.toMatchObject(wrong);
    await expect(cache.change([{} as never], { subject: 'x' }, async () => 1)).rejects.toMatchObject(wrong);
    const changes = (say: (change: never) => void) =>
      cache.change([AT_7], { subject: 'x' }, async (change) => {
        votes.set('x', 'yea');
        say(change as never);
      });
    await expect(changes(({ add }: never) => (add as (...a: unknown[]) => void)(AT_7, {}))).rejects.toThrow();
    for (const [target, deltas] of [
      [tally.at(8), { a: 1 }],
      [AT_7, { a: 0.5 }],
      [trending.at('a'), { a: 1 }],
    ] as const) {
      const said = cache.change([AT_7], { subject: 'x' }, async (change) => change.add(target, deltas));
      await expect(said).rejects.toMatchObject(wrong);
    }
    expect(await read()).toEqual({ yea: 1 });
  });

  test('take nothing any more from a change whose work is done', async () => {
    const { start } = await setUp(place);
    const { cache } = await start();
    const change = await cache.change([AT_7], { subject: 'x' }, async (open) => open);
    expect(() => change.add(AT_7, { a: 1 })).toThrow('when its work is done');
  });

  test('are counted anew by those who come when a count has begun', async () => {
    const { start, votes, count, clock } = await setUp(place);
    const { cache, vote } = await start();
    const { given, give } = signal();
    const begun = signal();
    const early = cache.counts(tally, [7], async () => {
      const counted = count();
      begun.give();
      await given;
      return counted;
    });
    await begun.given;
    const voting = vote('a', 'yea');
    // it has waited for the count, for as long as it may
    await clock.advance(300);
    await voting;
    const late = cache.counts(tally, [7], count);
    give();
    expect({ ...(await early) }).toEqual({});
    expect({ ...(await late) }).toEqual({ yea: 1 });
    expect(votes.size).toBe(1);
    expect({ ...(await cache.counts(tally, [7], count)) }).toEqual({ yea: 1 });
  });

  test('that are counted hold up changes for a moment, so that they are kept', async () => {
    const { start, count, clock, counts } = await setUp(place);
    const { cache, read, vote } = await start();
    const { given, give } = signal();
    const begun = signal();
    const counting = cache.counts(tally, [7], async () => {
      begun.give();
      await given;
      return count();
    });
    await begun.given;
    const voting = vote('a', 'yea');
    await clock.advance(20);
    give();
    expect({ ...(await counting) }).toEqual({});
    await clock.advance(20);
    await voting;
    expect(await read()).toEqual({ yea: 1 });
    expect(counts.begun).toBe(0);
  });
});

describe('counters of several processes', () => {
  test('are seen by each as every other has changed them', async () => {
    const { start, counts } = await setUp('memory and Redis');
    const [one, two] = [await start(), await start()];
    expect(await one.read()).toEqual({});
    for (const [i, { vote }] of [one, two, two, one].entries()) {
      await vote(`member ${i}`, 'yea');
      expect(await one.read()).toEqual({ yea: i + 1 });
      expect(await two.read()).toEqual({ yea: i + 1 });
    }
    expect(counts.begun).toBe(1);
  });

  test.each(['begin', 'commit'] as const)(
    'are counted anew when Redis is gone before the %s of a change, which goes on',
    async (step) => {
      const { start } = await setUp('memory and Redis');
      const [one, two] = [await start(), await start()];
      await one.read();
      if (step === 'begin') one.cutOff();
      expect(await one.vote('a', 'yea', step === 'commit' ? one.cutOff : undefined)).toBe('changed');
      expect(await one.read()).toEqual({ yea: 1 });
      await one.comeBack();
      expect(await one.read()).toEqual({ yea: 1 });
      expect(await two.read()).toEqual({ yea: 1 });
    },
  );

  test('are counted anew by all when it is not known whether a change was added', async () => {
    const { start, clock } = await setUp('memory and Redis', { redisBudget: '20ms' });
    const [one, two] = [await start(), await start()];
    await one.read();
    one.derived.faults.loseReply('commit');
    const voting = one.vote('a', 'yea');
    await clock.advance(50);
    expect(await voting).toBe('changed');
    one.cutOff();
    await one.comeBack();
    expect(await two.read()).toEqual({ yea: 1 });
    expect(one.store.timeouts).toEqual(['tally:n7']);
  });

  test('do not wait for ever for Redis, and fail no request', async () => {
    const { start, clock, votes } = await setUp('memory and Redis', { redisBudget: '20ms' });
    const { read, vote, derived } = await start();
    votes.set('a', 'yea');
    derived.faults.hang();
    const reading = read();
    const voting = vote('b', 'yea');
    await clock.advance(500);
    expect(await voting).toBe('changed');
    expect([{ yea: 1 }, { yea: 2 }]).toContainEqual(await reading);
  });

  test('are removed at the end of a change although the server was not asked any more', async () => {
    const { start } = await setUp('memory and Redis');
    const [one, two] = [await start(), await start()];
    await one.read();
    // as with an open breaker: the connection lives, nothing is replayed
    const isOpen = () => void (one.store.unavailable = true);
    await one.vote('a', 'yea', isOpen);
    expect(await two.read()).toEqual({ yea: 1 });
    one.store.unavailable = false;
    expect(await one.read()).toEqual({ yea: 1 });
  });

  test('come back after hundreds of changes without Redis, at the price of a command for each', async () => {
    const { start } = await setUp('memory and Redis');
    const { cutOff, comeBack, vote, read, derived } = await start();
    await read();
    cutOff();
    await Promise.all(Array.from({ length: 300 }, (_, i) => vote(`member ${i}`, 'yea')));
    const before = derived.faults.calls('commit') + derived.faults.calls('drop');
    await comeBack();
    expect(derived.faults.calls('commit') + derived.faults.calls('drop') - before).toBeLessThanOrEqual(600);
    expect(await read()).toEqual({ yea: 300 });
  });

  test('are kept although it takes longer to count them than a lease lasts', async () => {
    const { start, clock } = await setUp('memory and Redis', { leaseTtl: '300ms' });
    const { cache } = await start();
    let counted = 0;
    const slowly = async () => {
      await new Promise<void>((resolve) => void clock.after(2_000, resolve));
      return { yea: ++counted };
    };
    const reading = cache.counts(tally, [7], slowly);
    for (let i = 0; i < 25; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(100);
    }
    expect({ ...(await reading) }).toEqual({ yea: 1 });
    expect({ ...(await cache.counts(tally, [7], slowly)) }).toEqual({ yea: 1 });
  });

  test('are counted anew in a new epoch', async () => {
    const { start, memory, votes } = await setUp('memory and Redis');
    const { read } = await start();
    await read();
    votes.set('a', 'yea');
    memory.restart();
    expect(await read()).toEqual({ yea: 1 });
  });

  test('show in the figures what answered', async () => {
    const { start } = await setUp('memory and Redis');
    const { read, vote, events } = await start();
    await Promise.all([read(), read()]);
    await read();
    await vote('a', 'yea');
    expect(events()).toEqual(['stored', 'loaded', 'joined', 'redis-hit', 'written']);
  });
});

describe('a ranking', () => {
  const now = Date.UTC(2026, 0, 1);
  const sum = (...ages: number[]) => ages.reduce((all, age) => all + 2 ** -(age / HOUR), 0);

  test('shows the highest, by scores that have faded to the moment that is asked for', async () => {
    const { start } = await setUp('memory and Redis');
    const { cache } = await start();
    const contributions = () => [
      { member: 'a', at: now - HOUR },
      { member: 'a', at: new Date(now - 2 * HOUR) },
      { member: 'b', at: now, weight: 2 },
      { member: 'c', at: now - 50 * HOUR },
    ];
    const top = await cache.top(trending, ['senate'], contributions, { limit: 2, at: now });
    expect(top.map(({ member }) => member)).toEqual(['b', 'a']);
    expect(top[0]?.score).toBeCloseTo(2, 9);
    expect(top[1]?.score).toBeCloseTo(sum(HOUR, 2 * HOUR), 9);
    await cache.change([trending.at('senate')], { subject: 'x' }, async (change) => {
      change.bump(trending.at('senate'), { member: 'c', at: now, weight: 4 });
      change.bump(trending.at('senate'), { member: 'c', at: now - HOUR });
    });
    const none = () => Promise.reject(new Error('is kept'));
    const later = await cache.top(trending, ['senate'], none, { limit: 1, at: now + HOUR });
    expect(later).toEqual([{ member: 'c', score: expect.closeTo(4.5 / 2 + 2 ** -51, 9) }]);
  });

  test('says what is wrong with what it is told', async () => {
    const { start } = await setUp('memory only');
    const { cache } = await start();
    const wrong = { code: 'INVALID_OPTION' };
    const top = (said: unknown, options?: object) => cache.top(trending, ['a'], () => said as never, options);
    await expect(top([{ member: 'a', at: now, weight: 0 }])).rejects.toMatchObject(wrong);
    await expect(top([{ member: 'a', at: 'soon' }])).rejects.toMatchObject(wrong);
    await expect(top([{ member: 7, at: now }])).rejects.toMatchObject(wrong);
    await expect(top(7)).rejects.toMatchObject(wrong);
    await expect(top([], { limit: 0 })).rejects.toMatchObject(wrong);
    const structure = (options: object) => new Ranking<[]>('other', options as never);
    await expect(cache.top(structure({}), [], () => [])).rejects.toMatchObject(wrong);
    await expect(cache.top(structure({ halfLife: 0 }), [], () => [])).rejects.toMatchObject(wrong);
    await expect(
      cache.top(structure({ halfLife: '1h', maxMembers: 1e6 }), [], () => []),
    ).rejects.toMatchObject(wrong);
    await expect(
      cache.top(structure({ halfLife: '1h', partition: 'none' }), [], () => []),
    ).rejects.toMatchObject(wrong);
  });
});

test('the name of counters is no region’s, nor that of others', async () => {
  const { start } = await setUp('memory only');
  const { cache } = await start();
  await cache.getOrSet(new Region<[], number>('one', {}), [], () => 1);
  const duplicate = { code: 'DUPLICATE_REGION' };
  await expect(cache.counts(new Counters<[]>('one', {}), [], () => ({}))).rejects.toMatchObject(duplicate);
  await cache.counts(new Counters<[]>('two', {}), [], () => ({}));
  await expect(cache.counts(new Counters<[]>('two', {}), [], () => ({}))).rejects.toMatchObject(duplicate);
  const load = () => 1;
  await expect(cache.getOrSet(new Region<[], number>('two', {}), [], load)).rejects.toMatchObject(duplicate);
});
