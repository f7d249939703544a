import { describe, expect, test } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import type { RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const SECRET = 'SECRET-1';

type Place = 'memory only' | 'memory and Redis';
const PLACES: readonly Place[] = ['memory only', 'memory and Redis'];

const fail = (): never => {
  throw new RangeError(SECRET);
};

/** What a tags function may do instead of giving tags, and how that is called. */
const FAULTS: [what: string, tags: () => unknown, said: string][] = [
  ['throws', fail, 'threw RangeError'],
  [
    'throws no error',
    () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- users' code may
      throw Object.freeze({ message: SECRET });
    },
    'threw Object',
  ],
  ['is asynchronous', async () => [SECRET], 'returned a promise; it has to answer at once'],
  ['is asynchronous and fails', async () => fail(), 'returned a promise; it has to answer at once'],
  ['returns no array', () => SECRET, 'did not return an array of tags'],
  ['returns nothing', () => undefined, 'did not return an array of tags'],
  ['returns an empty tag', () => [''], 'did not return an array of tags'],
  ['returns a list that throws', () => new Proxy([], { get: fail }), 'threw RangeError'],
];

class Said {
  readonly lines: string[] = [];
  readonly #kinds = new Set<string>();

  once = (kind: string, message: string) => {
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    this.lines.push(message);
  };
  info = () => undefined;
}

async function setUp(place: Place) {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const client = new FakeClient(server);
  const log = new EventLog();
  const said = new Said();
  const shared = place === 'memory only' ? {} : { shared: { store: client, channel: client } };
  const engine = new Engine({ clock, recorder: log, reporter: said, ...shared }, resolveOptions({}).engine);
  engine.open();
  await clock.advance(0);
  let loads = 0;
  const load = async () => `load ${++loads}`;
  const cache = new CacheService(engine);
  /** Puts a value there: the server of this test takes no write by hand. */
  const fill = async <V>(region: Region<[id: string], V>, id: string, value: V) => {
    await cache.getOrSet(region, [id], () => value);
    await engine.flights.settled();
  };
  return { cache, engine, log, said, load, fill };
}

/** A region whose tags function works for as long as it is healthy. */
function failing(tags: () => unknown, more: RegionOptions<[id: string], string> = {}) {
  const health = { good: true };
  const region = new Region<[id: string], string>('seeds', {
    ...more,
    tags: () => (health.good ? ['fine'] : (tags() as string[])),
  });
  return { region, health };
}

describe.each(PLACES)('A tags function of a region, %s, that', (place) => {
  test.each(FAULTS)('%s leaves reads without the cache, counted and said once', async (_, tags, words) => {
    const { cache, said, log, load, engine } = await setUp(place);
    const { region, health } = failing(tags);
    health.good = false;
    expect(await cache.getOrSet(region, ['a'], load)).toBe('load 1');
    expect(await cache.getOrSet(region, ['a'], load)).toBe('load 2');
    expect(await cache.get(region, ['a'])).toBeUndefined();
    expect(await cache.has(region, ['a'])).toBe(false);
    expect(await cache.ttl(region, ['a'])).toBeUndefined();
    expect(await cache.touch(region, ['a'])).toBe(false);
    expect(await cache.getMany(region, [['a'], ['b']])).toEqual([undefined, undefined]);
    expect(await cache.getOrSetMany(region, [['a']], async () => ['many'])).toEqual(['many']);
    expect(log.count('bypassed')).toBe(9);
    expect(said.lines).toEqual([`a value of the region 'seeds' is not kept: its tags function ${words}`]);
    expect(engine.flights.size).toBe(0);
  });

  test.each(FAULTS)('%s lets a set store nothing and remove what was there', async (_, tags, words) => {
    const { cache, said, log, fill } = await setUp(place);
    const { region, health } = failing(tags);
    await fill(region, 'a', 'old');
    await fill(region, 'b', 'other');
    health.good = false;
    expect(await cache.set(region, ['a'], 'new')).toBe('confirmed');
    health.good = true;
    expect(await cache.getMany(region, [['a'], ['b']])).toEqual([undefined, 'other']);
    expect(log.of('written').map(({ stored }) => stored)).toEqual([false]);
    expect(said.lines).toHaveLength(1);
    expect(said.lines[0]).toContain(`'seeds' is not kept: its tags function ${words}`);
  });

  test('is not needed to evict, and fails no evict', async () => {
    const { cache, fill } = await setUp(place);
    const { region, health } = failing(fail);
    await fill(region, 'a', 'old');
    health.good = false;
    expect(await cache.evict(region, [['a']])).toBe('confirmed');
    health.good = true;
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });
});

describe.each(PLACES)('A resultTags function of a region, %s, that', (place) => {
  test.each(FAULTS)('%s leaves its value unkept, said once', async (_, tags, words) => {
    const { cache, said, load, engine } = await setUp(place);
    const region = new Region<[id: string], string>('seeds', { resultTags: tags as () => string[] });
    expect(await cache.getOrSet(region, ['a'], load)).toBe('load 1');
    await engine.flights.settled();
    expect(await cache.getOrSet(region, ['a'], load)).toBe('load 2');
    await cache.set(region, ['a'], 'by hand');
    expect(await cache.get(region, ['a'])).toBeUndefined();
    expect(said.lines).toEqual([
      `a value of the region 'seeds' is not kept: its resultTags function ${words}`,
    ]);
  });
});

describe.each(PLACES)('A revive function of a region, %s, that', (place) => {
  class Nut {
    constructor(readonly kind: string) {}
  }

  async function setUpNuts(broken: () => unknown) {
    const parts = await setUp(place);
    const health = { good: true };
    const nuts = new Region<[id: string], Nut>('nuts', {
      type: Nut,
      revive: ({ kind }) => (health.good ? new Nut(String(kind)) : (broken() as Nut)),
    });
    return { ...parts, nuts, health };
  }

  test.each([
    ['throws', fail, 'threw RangeError'],
    ['is asynchronous', async () => fail(), 'returned a promise; it has to answer at once'],
  ])('%s later makes a look find nothing, and is said', async (_, broken, words) => {
    const { cache, nuts, health, said, fill } = await setUpNuts(broken);
    await fill(nuts, 'a', new Nut('hazel'));
    expect(await cache.get(nuts, ['a'])).toEqual(new Nut('hazel'));
    health.good = false;
    expect(await cache.get(nuts, ['a'])).toBeUndefined();
    expect(await cache.getMany(nuts, [['a']])).toEqual([undefined]);
    expect(said.lines).toEqual([`a value of the region 'nuts' is not kept: its revive function ${words}`]);
  });

  test('fails later makes a call load anew, and is no matter for the caller', async () => {
    const { cache, nuts, health, fill } = await setUpNuts(fail);
    await fill(nuts, 'a', new Nut('hazel'));
    health.good = false;
    const load = async () => new Nut('walnut');
    expect(await cache.getOrSet(nuts, ['a'], load)).toEqual(new Nut('walnut'));
    health.good = true;
    expect(await cache.getOrSet(nuts, ['a'], async () => new Nut('chestnut'))).toBeInstanceOf(Nut);
  });
});

describe('A region whose options no call could do anything with', () => {
  test.each([
    [{ tags: 'a' }, 'tags of the region \'wrong\' must be an array of tags or a function, got "a"'],
    [{ tags: [''] }, 'a tag (of wrong) must be a string of 1 to 500 characters, got 0 characters'],
    [{ tags: null }, 'got null'],
    [{ resultTags: ['a'] }, 'resultTags of the region \'wrong\' must be a function, got ["a"]'],
    [{ type: Map, revive: 'x' }, 'revive of the region \'wrong\' must be a function, got "x"'],
  ])('is refused before any call: %j', async (options, message) => {
    const { engine } = await setUp('memory only');
    const register = () => engine.regions.register(new Region('wrong', options as RegionOptions));
    expect(register).toThrow(message);
  });
});

describe('Arguments of a call that TypeScript would have refused', () => {
  const wrong: [string, (cache: CacheService, region: never) => Promise<unknown>, string][] = [
    [
      'no region',
      (cache) => cache.get(undefined as never, []),
      'a region is given as its object or by name, got undefined',
    ],
    ['another object as a region', (cache) => cache.evict({} as never, []), 'got another object'],
    [
      'no list as a key',
      (cache, region) => cache.get(region, 'a' as never),
      'must be the list of its arguments',
    ],
    [
      'no loader',
      (cache, region) => cache.getOrSet(region, [], 'a' as never),
      'the loader must be a function, got another string',
    ],
    [
      'no batch loader',
      (cache, region) => cache.getOrSetMany(region, [], {} as never),
      'the loader must be a function',
    ],
    [
      'a wrong ttl',
      (cache, region) => cache.set(region, [], 'a', { ttl: 5n as never }),
      'ttl must be a duration',
    ],
    [
      'no options',
      (cache, region) => cache.getOrSet(region, [], () => 'a', null as never),
      'options must be an object, got null',
    ],
    [
      'an unknown confirm',
      (cache, region) => cache.clear(region, { confirm: 'twice' as never }),
      "confirm must be 'replicated', got another string",
    ],
    [
      'no options of an invalidation',
      (cache) => cache.invalidateTags(['a'], null as never),
      'options must be an object, got null',
    ],
    [
      'no keys',
      (cache, region) => cache.evict(region, undefined as never),
      'keys must be a list of lists, got undefined',
    ],
    ['flat keys', (cache, region) => cache.expire(region, ['a'] as never), 'keys must be a list of lists'],
    [
      'flat entries',
      (cache, region) => cache.setMany(region, ['a'] as never),
      'entries must be a list of lists',
    ],
    [
      'a list that throws',
      (cache, region) => cache.delete(region, new Proxy([], { get: fail }) as never),
      'has no canonical form',
    ],
    [
      'no work',
      (cache) => cache.afterCommit(undefined as never),
      'the work of afterCommit must be a function',
    ],
    [
      'a wrong tag',
      (cache) => cache.invalidateTags(Symbol('a') as never),
      'a tag (of invalidateTags) must be a string',
    ],
  ];

  test.each(wrong)('%s: are a CacheError that says what is wrong', async (_, call, message) => {
    const { cache } = await setUp('memory and Redis');
    const region = new Region<[], string>('seeds', {});
    await cache.set(region, [], 'kept');
    await expect(call(cache, region as never)).rejects.toMatchObject({
      name: 'CacheError',
      message: expect.stringContaining(message),
    });
  });
});

describe('rolledBack of a unit of work that', () => {
  test.each([
    ['throws', fail, 'threw RangeError'],
    ['is asynchronous', async () => fail(), 'returned a promise; it has to answer at once'],
    ['says nothing', () => undefined, 'did not return true or false'],
  ])(
    '%s leaves it open what became of it: everything is sent, and it is said once',
    async (_, rolledBack, words) => {
      const { cache, said } = await setUp('memory and Redis');
      const seeds = new Region<[id: string], string>('seeds', {});
      for (let time = 0; time < 2; time++) {
        await cache.set(seeds, ['a'], 'old');
        const work = async () => {
          await cache.evict(seeds, [['a']]);
          throw new Error('lost');
        };
        await expect(cache.afterCommit(work, { rolledBack: rolledBack as never })).rejects.toThrow('lost');
        expect(await cache.get(seeds, ['a'])).toBeUndefined();
      }
      expect(said.lines).toEqual([
        `rolledBack of afterCommit ${words}; what the unit invalidated is sent all the same`,
      ]);
    },
  );
});
