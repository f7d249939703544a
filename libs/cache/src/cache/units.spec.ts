import { describe, expect, test } from '@jest/globals';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';
import { isRolledBack } from './units.js';

const seeds = new Region<[id: string], number>('seeds', { tags: (id) => [`tree:${id}`] });
const others = new Region<[id: string], number>('others', {});
const KEY = (id: string) => `seeds:s1:${id}`;

/** Something that one side waits for and the other gives. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

/** One row per id, and a cache in front of it; `place` says whether it has a server. */
const setUp = async (place: string) => {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const client = new FakeClient(server);
  const ports = { clock, recorder: silentRecorder, reporter: silentReporter };
  const { engine: options } = resolveOptions({});
  const shared = place === 'memory only' ? {} : { shared: { store: client, channel: client } };
  const engine = new Engine({ ...ports, ...shared }, options);
  engine.open();
  await clock.advance(0);
  const cache = new CacheService(engine);
  const rows = new Map<string, number>();
  let loads = 0;
  const get = (id: string, region = seeds) =>
    cache.getOrSet(region, [id], () => {
      loads++;
      return rows.get(id) ?? 0;
    });
  return { clock, server, client, engine, cache, rows, get, loads: () => loads };
};

describe.each(['memory only', 'memory and Redis'])('a unit of work, %s', (place) => {
  test('sends what was evicted inside when it is done, and not before', async () => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    const outcome = await cache.afterCommit(async () => {
      rows.set('a', 1);
      const inside = await cache.evict(seeds, [['a']]);
      return inside;
    });
    expect([outcome, await get('a')]).toEqual(['queued', 1]);
  });

  test.each<{ how: string; undo: (cache: CacheService) => Promise<unknown> }>([
    { how: 'evict', undo: (cache) => cache.evict(seeds, [['a']]) },
    { how: 'tag', undo: (cache) => cache.invalidateTags('tree:a') },
    { how: 'clear', undo: (cache) => cache.clear(seeds) },
    { how: 'set', undo: (cache) => cache.set(seeds, ['a'], 1) },
  ])('hides its changes from others until it is done, and shows them to itself: $how', async ({ undo }) => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    const [changed, finish] = [signal(), signal()];
    const work = cache.afterCommit(async () => {
      await undo(cache);
      rows.set('a', 1);
      expect([await get('a'), await cache.get(seeds, ['a'])]).toEqual([1, undefined]);
      changed.give();
      await finish.given;
    });
    await changed.given;
    // a set bars the key, an evict does not: what others read is what they would read without this unit
    rows.set('a', 0);
    expect(await get('a')).toBe(0);
    rows.set('a', 1);
    finish.give();
    await work;
    expect(await get('a')).toBe(1);
  });

  test('keeps nothing that is loaded inside, for it may never be committed', async () => {
    const { cache, rows, get, loads } = await setUp(place);
    const failed = cache.afterCommit(async () => {
      rows.set('a', 1);
      expect(await get('a')).toBe(1);
      expect(await get('a')).toBe(1);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(loads()).toBe(2);
    rows.set('a', 0);
    expect(await get('a')).toBe(0);
  });

  test('reads from the cache what it has not touched', async () => {
    const { cache, get, loads } = await setUp(place);
    await get('a', others);
    await get('b');
    const before = loads();
    await cache.afterCommit(async () => {
      await cache.evict(seeds, [['a']]);
      await get('a', others);
      await get('b');
    });
    expect(loads()).toBe(before);
  });

  test('drops what was evicted inside when it is rolled back', async () => {
    const { cache, get, loads } = await setUp(place);
    await get('a');
    const failed = cache.afterCommit(async () => {
      await cache.evict(seeds, [['a']]);
      await cache.invalidateTags('tree:a');
      await cache.clear(seeds);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await get('a');
    expect(loads()).toBe(1);
  });

  test('sends it all the same when nobody knows whether it was committed', async () => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    const lost = cache.afterCommit(async () => {
      rows.set('a', 1);
      await cache.evict(seeds, [['a']]);
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    });
    await expect(lost).rejects.toThrow('ECONNRESET');
    expect(await get('a')).toBe(1);
  });

  test('inside another belongs to it', async () => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    await cache.afterCommit(async () => {
      await cache.afterCommit(async () => {
        rows.set('a', 1);
        await cache.evict(seeds, [['a']]);
      });
      // its transaction is not committed yet: others still read the old row
      rows.set('a', 0);
      await cache.afterCommit(() => Promise.reject(new Error('a part of it failed'))).catch(() => undefined);
      rows.set('a', 1);
    });
    expect(await get('a')).toBe(1);
  });

  test('that has ended is over for what still runs of it', async () => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    const [later, busy] = [signal(), signal()];
    let detached: Promise<string> | undefined;
    await cache.afterCommit(async () => {
      detached = later.given.then(() => cache.evict(seeds, [['a']]));
    });
    // as long as there is some unit or load, calls are asked what they are inside of
    const other = cache.getOrSet(others, ['slow'], () => busy.given.then(() => 1));
    rows.set('a', 1);
    later.give();
    expect(await detached).toBe('confirmed');
    expect(await get('a')).toBe(1);
    busy.give();
    await other;
  });

  test('collects what is to be stale like what is to be gone', async () => {
    const { cache, rows, get } = await setUp(place);
    await get('a');
    const [changed, finish] = [signal(), signal()];
    const work = cache.afterCommit(async () => {
      expect(await cache.expire(seeds, [['a']])).toBe('queued');
      changed.give();
      await finish.given;
      rows.set('a', 1);
    });
    await changed.given;
    expect(await get('a')).toBe(0);
    finish.give();
    await work;
    expect(await get('a')).toBe(1);
  });

  test.each([
    { what: 'answers too late', rolledBack: () => Promise.reject(new Error('x')) as never },
    {
      what: 'throws',
      rolledBack: () => {
        throw new Error('x');
      },
    },
  ])(
    'sends everything when the function that should know $what, and fails as it failed',
    async ({ rolledBack }) => {
      const { cache, rows, get } = await setUp(place);
      await get('a');
      const failed = cache.afterCommit(
        async () => {
          rows.set('a', 1);
          await cache.evict(seeds, [['a']]);
          throw new Error('the user’s own');
        },
        { rolledBack },
      );
      await expect(failed).rejects.toThrow('the user’s own');
      expect(await get('a')).toBe(1);
    },
  );

  test('shares no load with callers outside', async () => {
    const { cache, rows, get } = await setUp(place);
    const finish = signal();
    const inside = cache.afterCommit(() =>
      cache.getOrSet(seeds, ['a'], async () => {
        await finish.given;
        return 99;
      }),
    );
    rows.set('a', 5);
    expect(await get('a')).toBe(5);
    finish.give();
    expect([await inside, await get('a')]).toEqual([99, 5]);
  });
});

test('a unit inside a load reads what it composes from the server, as the load itself would', async () => {
  const server = await setUp('memory and Redis');
  const { engine, cache, client, get, rows } = server;
  await get('a');
  await engine.flights.settled();
  const before = client.sent.read ?? 0;
  rows.set('a', 0);
  await cache.getOrSet(others, ['whole'], () => cache.afterCommit(() => get('a')));
  // the whole itself, and its part, which memory would have had
  expect((client.sent.read ?? 0) - before).toBe(2);
});

test('a write begun in a unit bars its key until the unit has ended', async () => {
  const { cache, client, server } = await setUp('memory and Redis');
  let inside: Record<string, number> = {};
  const failed = cache.afterCommit(async () => {
    await cache.set(seeds, ['a'], 1);
    inside = { ...client.sent };
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  expect([inside.begin, inside.commit, client.sent.commit]).toEqual([1, undefined, 1]);
  expect(server.values.has(KEY('a'))).toBe(false);
});

describe('an error says that the transaction was rolled back', () => {
  const failure = (message: string, code?: string) => Object.assign(new Error(message), code && { code });

  test.each([
    { what: 'of the application', error: failure('no such member') },
    { what: 'of a constraint', error: failure('duplicate key value', '23505') },
    { what: 'of a serialisable transaction', error: failure('could not serialize access', '40001') },
    { what: 'that is none', error: undefined },
    { what: 'that is text', error: 'text' },
  ])('one $what', ({ error }) => {
    expect(isRolledBack(error)).toBe(true);
  });

  test.each([
    { what: 'connection failure', error: failure('x', '08006') },
    { what: 'shutdown of the server', error: failure('x', '57P01') },
    { what: 'statement completion unknown', error: failure('x', '40003') },
    { what: 'broken pipe', error: failure('x', 'EPIPE') },
    { what: 'terminated', error: failure('Connection terminated unexpectedly') },
    { what: 'timeout', error: failure('Query read timeout') },
    {
      what: 'wrapped by a library',
      error: new Error('Failed query: commit', { cause: failure('read', 'ECONNRESET') }),
    },
    { what: 'one of several', error: new AggregateError([failure('x'), failure('x', '08006')]) },
  ])('but not one of a connection that broke: $what', ({ error }) => {
    expect(isRolledBack(error)).toBe(false);
  });
});
