import { describe, expect, test } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[id: string], string>('seeds', { tags: (id) => [`tree:${id}`] });
const direct = new Region<[id: string], string>('direct', { memory: false });
const strict = new Region<[id: string], string>('strict', { strict: true });
const bags = new Region<[id: string], { of: string }>('bags', { isolation: 'clone' });
const anything = new Region<readonly unknown[], string>('anything', {});
const owned = new Region<[id: string], { owner: string }>('owned', {
  tags: (id) => [`id:${id}`],
  resultTags: ({ owner }) => [`owner:${owner}`],
});
const thrower = new Region<[id: string], string>('thrower', {
  tags: (id) => {
    if (id === 'bad') throw new TypeError('no tags for this one');
    return [];
  },
});

type Place = 'memory only' | 'memory and Redis';

const keysOf = (...ids: string[]) => ids.map((id) => [id] as [string]);

/** Outcomes of which each key of a call has exactly one; hits from memory are counted apart. */
const OUTCOMES = ['redis-hit', 'joined', 'loaded', 'load-error', 'bypassed'];

/** An application's cache with its log; `place` says whether it has a server, `server` lets several share one. */
async function setUp(place: Place = 'memory and Redis', given?: FakeServer) {
  const clock = new FakeClock();
  const server = given ?? new FakeServer(() => clock.wall());
  const client = new FakeClient(server);
  const log = new EventLog();
  const shared = place === 'memory only' ? {} : { shared: { store: client, channel: client } };
  const ports = { clock, recorder: log, reporter: silentReporter, ...shared };
  const engine = new Engine(ports, resolveOptions({}).engine);
  engine.open();
  await clock.advance(0);
  const cache = new CacheService(engine);
  const calls: string[][] = [];
  const load = async (missing: readonly (readonly unknown[])[]) => {
    calls.push(missing.map(([id]) => String(id)));
    return missing.map(([id]) => `${String(id)} loaded`);
  };
  const get = (...ids: string[]) => cache.getOrSetMany(seeds, keysOf(...ids), load);
  const single = (id: string) => cache.getOrSet(seeds, [id], async () => `${id} alone`);
  const outcomes = (): Record<string, number> =>
    Object.fromEntries(OUTCOMES.map((type) => [type, log.count(type)] as const).filter(([, n]) => n !== 0));
  const settled = () => engine.flights.settled();
  return { clock, server, client, log, engine, cache, calls, load, get, single, outcomes, settled };
}

/** What the server was asked between now and then, beats left out. */
function questions(client: FakeClient) {
  const before = { ...client.sent };
  return () => {
    const grown = Object.entries(client.sent).map(([name, n]) => [name, n - (before[name] ?? 0)] as const);
    return Object.fromEntries(grown.filter(([name, n]) => n > 0 && name !== 'beat'));
  };
}

describe.each<Place>(['memory only', 'memory and Redis'])('getMany, %s,', (place) => {
  test('gives the values in the order of the keys, undefined where there is none, and loads nothing', async () => {
    const { cache, get, settled, calls } = await setUp(place);
    await get('a', 'c');
    await settled();
    const values = await cache.getMany(seeds, keysOf('c', 'b', 'a', 'c'));
    expect(values).toEqual(['c loaded', undefined, 'a loaded', 'c loaded']);
    expect(calls).toEqual([['a', 'c']]);
  });

  test('of no keys is an empty list', async () => {
    const { cache, client } = await setUp(place);
    const asked = questions(client);
    expect(await cache.getMany(seeds, [])).toEqual([]);
    expect(asked()).toEqual({});
  });

  test('gives undefined where arguments have no canonical form', async () => {
    const { cache, load, settled } = await setUp(place);
    await cache.getOrSetMany(anything, [['a']], load);
    await settled();
    expect(await cache.getMany(anything, [[() => 1], ['a']])).toEqual([undefined, 'a loaded']);
  });

  test('inside a unit of work does not show what the unit has touched', async () => {
    const { cache, get, settled } = await setUp(place);
    await get('a', 'b');
    await settled();
    await cache.afterCommit(async () => {
      await cache.evict(seeds, [['a']]);
      expect(await cache.getMany(seeds, keysOf('a', 'b'))).toEqual([undefined, 'b loaded']);
    });
  });

  test('gives every caller copies of its own where the region says so', async () => {
    const { cache, settled } = await setUp(place);
    await cache.getOrSetMany(bags, [['a']], async () => [{ of: 'acorns' }]);
    await settled();
    const [[one], [other]] = [await cache.getMany(bags, [['a']]), await cache.getMany(bags, [['a']])];
    expect([one, other]).toEqual([{ of: 'acorns' }, { of: 'acorns' }]);
    expect(one).not.toBe(other);
  });
});

describe('getMany', () => {
  test('asks the server for nothing that is in memory', async () => {
    const { cache, client, get, settled, log } = await setUp();
    await get('a', 'b');
    await settled();
    const asked = questions(client);
    expect(await cache.getMany(seeds, keysOf('a', 'b'))).toEqual(['a loaded', 'b loaded']);
    expect(asked()).toEqual({});
    expect(log.memoryHits).toBe(2);
  });

  test('reads all others in one tick, each once, and keeps them in memory', async () => {
    const one = await setUp();
    await one.get('a', 'b');
    await one.settled();
    const { cache, clock, client } = await setUp('memory and Redis', one.server);
    const asked = questions(client);
    client.hold('answers');
    const values = cache.getMany(seeds, keysOf('a', 'b', 'none', 'a'));
    await clock.advance(0);
    expect(asked()).toEqual({ read: 3 });
    client.resume('answers');
    expect(await values).toEqual(['a loaded', 'b loaded', undefined, 'a loaded']);
    expect(await cache.getMany(seeds, keysOf('a', 'b'))).toEqual(['a loaded', 'b loaded']);
    expect(asked()).toEqual({ read: 3 });
  });

  test('inside a unit of work keeps nothing in memory, and shows nothing that carries a tag the unit has touched', async () => {
    const one = await setUp();
    await one.cache.getOrSetMany(owned, keysOf('a', 'b'), async () => [{ owner: 'jay' }, { owner: 'tit' }]);
    await one.settled();
    const { cache, engine } = await setUp('memory and Redis', one.server);
    await cache.afterCommit(async () => {
      await cache.invalidateTags('owner:jay');
      expect(await cache.getMany(owned, keysOf('a', 'b'))).toEqual([undefined, { owner: 'tit' }]);
      expect(engine.memory.items).toBe(0);
    });
  });

  test('finds nothing, and does not fail, while the server is away', async () => {
    const { cache, client, get, settled } = await setUp();
    await get('a');
    await settled();
    client.leave();
    expect(await cache.getMany(seeds, keysOf('a'))).toEqual([undefined]);
  });
});

const NO_LISTS = [
  { what: 'no list', keys: 'a', says: 'the keys are of type string' },
  { what: 'nothing', keys: undefined, says: 'the keys are undefined' },
  { what: 'a list of keys that are no lists', keys: [['a'], 'b'], says: 'key 2 is of type string' },
  { what: 'a list with a hole', keys: [['a'], null], says: 'key 2 is null' },
];

describe.each(NO_LISTS)('a batch that is given $what', ({ keys, says }) => {
  test.each(['getMany', 'getOrSetMany'] as const)('is refused by %s, and says why', async (method) => {
    const { cache, load, calls } = await setUp();
    const answer = cache[method](seeds, keys as never, load);
    await expect(answer).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(says),
    });
    expect(calls).toEqual([]);
  });
});

describe.each<Place>(['memory only', 'memory and Redis'])('getOrSetMany, %s,', (place) => {
  test('calls the loader once, for what is missing only, and gives the values in the order of the keys', async () => {
    const { get, single, settled, calls } = await setUp(place);
    await single('b');
    await settled();
    expect(await get('a', 'b', 'c', 'a')).toEqual(['a loaded', 'b alone', 'c loaded', 'a loaded']);
    await settled();
    expect(await get('c', 'b', 'a')).toEqual(['c loaded', 'b alone', 'a loaded']);
    expect(calls).toEqual([['a', 'c']]);
  });

  test('calls no loader when nothing is missing, nor for no keys', async () => {
    const { get, settled, calls } = await setUp(place);
    await get('a');
    await settled();
    expect(await get('a')).toEqual(['a loaded']);
    expect(await get()).toEqual([]);
    expect(calls).toHaveLength(1);
  });

  test('answers undefined for what the loader does not have, and does not keep it; null is a value', async () => {
    const { cache, settled, log } = await setUp(place);
    const values = [undefined, null, 0, ''];
    const keys = keysOf('a', 'b', 'c', 'd');
    let asked: unknown;
    const load = async (missing: readonly unknown[]) => {
      asked = missing;
      return values as never[];
    };
    expect(await cache.getOrSetMany(seeds, keys, load)).toEqual(values);
    expect(log.of('unstored')).toEqual([{ type: 'unstored', why: 'declined' }]);
    await settled();
    expect(await cache.getOrSetMany(seeds, keys, async (missing) => missing.map(() => 'late'))).toEqual([
      'late',
      null,
      0,
      '',
    ]);
    expect(asked).toEqual(keys);
  });

  test('loads arguments without a canonical form in the same call, and keeps nothing of them', async () => {
    const { cache, settled, log } = await setUp(place);
    const calls: unknown[] = [];
    const load = async (missing: readonly (readonly unknown[])[]) => {
      calls.push(missing.length);
      return missing.map(([id]) => `of a ${typeof id}`);
    };
    const keys = [[() => 1], ['a'], [() => 1]];
    for (let i = 0; i < 2; i++) {
      const values = await cache.getOrSetMany(anything, keys, load);
      expect(values).toEqual(['of a function', 'of a string', 'of a function']);
      await settled();
    }
    expect(calls).toEqual([3, 2]);
    expect(log.count('bypassed')).toBe(4);
  });

  test('shares the flights of single calls: neither loads what the other is loading', async () => {
    const { cache, clock, load, calls, outcomes } = await setUp(place);
    const [gate, hatch] = [signal(), signal()];
    const first = cache.getOrSet(seeds, ['a'], () => gate.given.then(() => 'a alone'));
    await clock.advance(0);
    const batch = cache.getOrSetMany(seeds, keysOf('a', 'b'), (missing) =>
      hatch.given.then(() => load(missing)),
    );
    await clock.advance(0);
    const late = cache.getOrSet(seeds, ['b'], async () => 'never');
    hatch.give();
    gate.give();
    expect(await Promise.all([first, batch, late])).toEqual(['a alone', ['a alone', 'b loaded'], 'b loaded']);
    expect(calls).toEqual([['b']]);
    expect(outcomes()).toEqual({ loaded: 2, joined: 2 });
  });

  test('and another at the same time share what both want', async () => {
    const { get, calls } = await setUp(place);
    const values = await Promise.all([get('a', 'b'), get('b', 'c'), get('c', 'a')]);
    expect(values).toEqual([
      ['a loaded', 'b loaded'],
      ['b loaded', 'c loaded'],
      ['c loaded', 'a loaded'],
    ]);
    expect(calls).toEqual([['a', 'b'], ['c']]);
  });

  test('keeps values for its own ttl', async () => {
    const { cache, clock, load, calls, settled } = await setUp(place);
    const get = () => cache.getOrSetMany(seeds, [['a']], load, { ttl: 1_000 });
    await get();
    await settled();
    await clock.advance(900);
    await get();
    await clock.advance(200);
    await get();
    expect(calls).toEqual([['a'], ['a']]);
  });

  test('inside a unit of work loads what the unit has touched, and keeps nothing', async () => {
    const { cache, get, single, settled, calls, log } = await setUp(place);
    await Promise.all([single('a'), single('b')]);
    await settled();
    await cache.afterCommit(async () => {
      await cache.evict(seeds, [['a']]);
      expect(await get('a', 'b', 'c')).toEqual(['a loaded', 'b alone', 'c loaded']);
    });
    expect(calls).toEqual([['a', 'c']]);
    expect(log.of('unstored')).toEqual(Array(2).fill({ type: 'unstored', why: 'transaction' }));
    expect(await cache.getMany(seeds, keysOf('a', 'c'))).toEqual([undefined, undefined]);
  });

  test('says before anything else that a duration is none', async () => {
    const { cache, load, calls, engine } = await setUp(place);
    await expect(cache.getOrSetMany(seeds, [['a']], load, { ttl: 'soon' as never })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    expect([calls, engine.flights.size]).toEqual([[], 0]);
  });

  test('loads together with the others what the tags function of its region throws at, and keeps only those', async () => {
    const { cache, load, calls, settled, outcomes } = await setUp(place);
    const values = await cache.getOrSetMany(thrower, keysOf('good', 'bad'), load);
    await settled();
    expect([values, calls]).toEqual([['good loaded', 'bad loaded'], [['good', 'bad']]]);
    expect(outcomes()).toEqual({ loaded: 1, bypassed: 1 });
    expect(await cache.getMany(thrower, keysOf('good', 'bad'))).toEqual(['good loaded', undefined]);
  });
});

describe.each<Place>(['memory only', 'memory and Redis'])('a batch loader that fails, %s,', (place) => {
  const FAILURES = [
    {
      how: 'rejects',
      load: async () => Promise.reject(new Error('no seeds')),
      says: { message: 'no seeds' },
    },
    {
      how: 'throws',
      load: () => {
        throw new Error('no seeds');
      },
      says: { message: 'no seeds' },
    },
    { how: 'answers for too few', load: async () => ['one'], says: { code: 'WRONG_BATCH' } },
    { how: 'answers for too many', load: async () => ['one', 'two', 'three'], says: { code: 'WRONG_BATCH' } },
    { how: 'answers with a Map', load: async () => new Map([['a', 'one']]), says: { code: 'WRONG_BATCH' } },
    { how: 'answers with nothing', load: async () => undefined, says: { code: 'WRONG_BATCH' } },
  ];

  test.each(FAILURES)(
    'because it $how: the call fails, and with it who shares it; nothing is kept',
    async ({ load, says }) => {
      const { cache, clock, server, single, outcomes, settled } = await setUp(place);
      await single('found');
      await settled();
      const gate = signal();
      const failing = () => gate.given.then<unknown>(load);
      const batch = cache.getOrSetMany(seeds, keysOf('found', 'a', 'b'), failing as never);
      await clock.advance(0);
      const joined = cache.getOrSet(seeds, ['b'], async () => 'never');
      gate.give();
      await expect(batch).rejects.toMatchObject(says);
      await expect(joined).rejects.toMatchObject(says);
      expect(outcomes()).toEqual({ loaded: 1, 'load-error': 3 });
      await clock.advance(0);
      expect([server.leases.size, clock.timers]).toEqual([0, place === 'memory only' ? 0 : 1]);
      expect(await Promise.all([single('a'), single('b')])).toEqual(['a alone', 'b alone']);
    },
  );
});

describe('getOrSetMany with a server', () => {
  test('takes three round trips for as many keys as there are: reads, leases with nonces, fills', async () => {
    const { clock, client, get, calls, settled } = await setUp();
    const asked = questions(client);
    client.hold('answers');
    /** The answers of one round trip arrive. */
    const roundTrip = async () => {
      client.resume('answers');
      client.hold('answers');
      await clock.advance(0);
      return asked();
    };
    const values = get('a', 'b', 'c');
    await clock.advance(0);
    expect(asked()).toEqual({ read: 3 });
    expect(await roundTrip()).toEqual({ read: 3, lease: 3, nonces: 1 });
    expect(calls).toEqual([]);
    expect(await roundTrip()).toEqual({ read: 3, lease: 3, nonces: 1, fill: 3 });
    expect(calls).toEqual([['a', 'b', 'c']]);
    expect(await values).toEqual(['a loaded', 'b loaded', 'c loaded']);
    client.resume('answers');
    await settled();
    expect(asked()).toEqual({ read: 3, lease: 3, nonces: 1, fill: 3 });
  });

  test('has one outcome for each key, whichever way it took', async () => {
    const one = await setUp();
    await one.get('stored');
    await one.settled();
    const { cache, clock, get, single, load, settled, log, outcomes } = await setUp(
      'memory and Redis',
      one.server,
    );
    await single('known');
    await settled();
    const gate = signal();
    const flown = cache.getOrSet(seeds, ['flown'], () => gate.given.then(() => 'flown alone'));
    await clock.advance(0);
    const before = [outcomes(), log.memoryHits];
    const batch = cache
      .getOrSetMany(anything, [[() => 1]], load)
      .then(() => get('known', 'stored', 'flown', 'new', 'new'));
    await clock.advance(0);
    gate.give();
    expect(await Promise.all([flown, batch])).toEqual([
      'flown alone',
      ['known alone', 'stored loaded', 'flown alone', 'new loaded', 'new loaded'],
    ]);
    expect([before, [outcomes(), log.memoryHits]]).toEqual([
      [{ loaded: 1 }, 0],
      [{ loaded: 3, joined: 1, 'redis-hit': 1, bypassed: 1 }, 1],
    ]);
  });

  test('renews its leases while the loader runs, and not afterwards', async () => {
    const { cache, clock, client, server, settled } = await setUp();
    const gate = signal();
    const batch = cache.getOrSetMany(seeds, keysOf('a', 'b'), () => gate.given.then(() => ['A', 'B']));
    await clock.advance(0);
    expect(server.leases.size).toBe(2);
    const renewed = () => client.sent.renew ?? 0;
    await clock.advance(20_000);
    expect(renewed()).toBeGreaterThanOrEqual(4);
    gate.give();
    expect(await batch).toEqual(['A', 'B']);
    await settled();
    const until = renewed();
    await clock.advance(20_000);
    expect([renewed(), server.leases.size]).toEqual([until, 0]);
  });

  test('tags what it stores by arguments and by results: an invalidation condemns the right ones', async () => {
    const one = await setUp();
    const other = await setUp('memory and Redis', one.server);
    const load = async () => [{ owner: 'jay' }, { owner: 'tit' }, { owner: 'tit' }];
    await one.cache.getOrSetMany(owned, keysOf('a', 'b', 'c'), load);
    await one.settled();
    const left = async () => {
      const values = await other.cache.getMany(owned, keysOf('a', 'b', 'c'));
      return values.map((value) => value?.owner);
    };
    expect(await left()).toEqual(['jay', 'tit', 'tit']);
    await one.cache.invalidateTags('owner:jay');
    expect(await left()).toEqual([undefined, 'tit', 'tit']);
    await one.cache.invalidateTags('id:c');
    expect(await left()).toEqual([undefined, 'tit', undefined]);
  });

  test.each([
    { what: 'evict', undo: (cache: CacheService) => cache.evict(seeds, [['a']]) },
    { what: 'tag', undo: (cache: CacheService) => cache.invalidateTags('tree:a') },
  ])('keeps nothing of a key that was invalidated while the loader ran: $what', async ({ undo }) => {
    const one = await setUp();
    const other = await setUp('memory and Redis', one.server);
    const gate = signal();
    const batch = one.cache.getOrSetMany(seeds, keysOf('a', 'b'), () =>
      gate.given.then(() => ['old', 'good']),
    );
    await one.clock.advance(0);
    expect(await undo(other.cache)).toBe('confirmed');
    gate.give();
    expect(await batch).toEqual(['old', 'good']);
    await one.settled();
    for (const { cache } of [one, other]) {
      expect(await cache.getMany(seeds, keysOf('a', 'b'))).toEqual([undefined, 'good']);
    }
    expect(one.log.of('unstored')).toEqual([{ type: 'unstored', why: 'fenced' }]);
  });

  test('loads without storing what a writer is at work on, in the same call as the rest', async () => {
    const { client, server, get, calls, settled, log } = await setUp();
    const { lease } = client;
    client.lease = async (key, right) => (key.endsWith('a') ? { kind: 'writing' } : lease(key, right));
    expect(await get('a', 'b')).toEqual(['a loaded', 'b loaded']);
    await settled();
    expect(calls).toEqual([['a', 'b']]);
    expect([...server.values.keys()]).toEqual(['seeds:s1:b']);
    expect(log.of('unstored')).toEqual([{ type: 'unstored', why: 'writing' }]);
  });

  test('is answered by one call of the loader while the server is away', async () => {
    const { client, get, calls, log } = await setUp();
    client.leave();
    expect(await get('a', 'b')).toEqual(['a loaded', 'b loaded']);
    expect(calls).toEqual([['a', 'b']]);
    expect(log.of('unstored')).toEqual(Array(2).fill({ type: 'unstored', why: 'unavailable' }));
  });

  test('stores nothing, and waits for nobody, when it cannot learn the nonces of the tags', async () => {
    const { client, server, clock, get, calls, log } = await setUp();
    server.leases.set('seeds:s1:c', 'of another');
    client.nonces = () => Promise.reject(new Error('gone'));
    expect(await get('a', 'b', 'c')).toEqual(['a loaded', 'b loaded', 'c loaded']);
    await clock.advance(0);
    expect(calls).toEqual([['a', 'b'], ['c']]);
    expect(log.of('unstored')).toEqual(Array(3).fill({ type: 'unstored', why: 'unavailable' }));
    expect([server.values.size, server.leases.size]).toEqual([0, 1]);
  });

  test('costs one budget, however many keys there are, when the server stops answering', async () => {
    const { client, clock, get, log } = await setUp();
    // the breaker of a real connection
    client.timedOut = () => client.leave();
    const ids = Array.from({ length: 500 }, (_, i) => `id${i}`);
    client.hold('answers');
    const values = get(...ids);
    await clock.advance(0);
    client.resume('answers');
    client.hold('answers');
    await clock.advance(51);
    expect(await values).toHaveLength(500);
    expect(log.of('unstored')).toEqual(Array(500).fill({ type: 'unstored', why: 'unavailable' }));
  });

  test('calls the loader once for many keys too, and sends no more than 200 commands of a kind at once', async () => {
    const { clock, client, get, calls, server, settled } = await setUp();
    const ids = Array.from({ length: 450 }, (_, i) => `id${i}`);
    const asked = questions(client);
    client.hold('answers');
    const values = get(...ids);
    let most = 0;
    for (let i = 0, last: Record<string, number> = {}; i < 10; i++) {
      await clock.advance(0);
      const now = asked();
      most = Math.max(most, (now.lease ?? 0) - (last.lease ?? 0), (now.fill ?? 0) - (last.fill ?? 0));
      last = now;
      client.resume('answers');
      client.hold('answers');
    }
    expect(await values).toEqual(ids.map((id) => `${id} loaded`));
    client.resume('answers');
    await settled();
    expect(calls).toEqual([ids]);
    expect([most, server.values.size]).toEqual([200, 450]);
  });

  test.each([
    { what: 'without memory', region: direct },
    { what: 'that is strict', region: strict },
  ])('reads a region $what from the server each time', async ({ region }) => {
    const { cache, client, load, calls, settled } = await setUp();
    await cache.getOrSetMany(region, keysOf('a', 'b'), load);
    await settled();
    const asked = questions(client);
    for (let i = 0; i < 3; i++) {
      expect(await cache.getOrSetMany(region, keysOf('a', 'b'), load)).toEqual(['a loaded', 'b loaded']);
    }
    expect(asked()).toMatchObject({ read: 6 });
    expect(calls).toHaveLength(1);
  });

  test('in a strict region joins nothing that is in the air', async () => {
    const { cache, clock, calls, load } = await setUp();
    const gate = signal();
    const first = cache.getOrSet(strict, ['a'], () => gate.given.then(() => 'a alone'));
    await clock.advance(0);
    const batch = cache.getOrSetMany(strict, [['a']], load);
    await clock.advance(10);
    gate.give();
    expect(await first).toBe('a alone');
    await clock.advance(20);
    expect(await batch).toEqual(['a alone']);
    expect(calls).toEqual([]);
  });

  test('runs its loader as one that will be stored: what that reads comes from the server', async () => {
    const { cache, client, get, settled } = await setUp();
    await get('a');
    await settled();
    const asked = questions(client);
    const load = async (missing: readonly unknown[]) => {
      const [inner] = await get('a');
      return missing.map(() => `${inner} within`);
    };
    expect(await cache.getOrSetMany(seeds, keysOf('b', 'c'), load)).toEqual(Array(2).fill('a loaded within'));
    expect(asked()).toMatchObject({ read: 3 });
  });

  test('inside a load that will be stored is not answered from memory, which may lag', async () => {
    const { cache, client, get, settled, calls } = await setUp();
    await get('a');
    await settled();
    const asked = questions(client);
    const outer = cache.getOrSet(seeds, ['outer'], async () => (await get('a')).join());
    expect(await outer).toBe('a loaded');
    expect(asked()).toMatchObject({ read: 2 });
    expect(calls).toHaveLength(1);
  });
});

/** Something that one side waits for and the other gives. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}
