import { describe, expect, test } from '@jest/globals';
import type { LoadContext } from '../contracts/load-context.js';
import { cacheContext } from '../contracts/load-context.js';
import { loadWorld, outcome, TTL } from './loads.fixture.js';

const WHERE = ['memory', 'Redis'] as const;

describe.each(WHERE)('the context of a load (%s)', (where) => {
  test('is the same by argument and by cacheContext, also after an await', async () => {
    const { cache, region } = await loadWorld({ where });
    let same = false;
    await cache.getOrSet(region, ['a'], async (context) => {
      await Promise.resolve();
      same = cacheContext() === context;
      return 'one';
    });
    expect(same).toBe(true);
  });

  test('sets how long the value is fresh', async () => {
    const { cache, region } = await loadWorld({ where });
    await cache.getOrSet(region, ['a'], ({ ttl }) => {
      ttl('5s');
      return 'one';
    });
    expect(await cache.ttl(region, ['a'])).toBeLessThanOrEqual(5_000);
  });

  test('has a value handed on but not kept', async () => {
    const { cache, region, log } = await loadWorld({ where });
    const get = () => cache.getOrSet(region, ['a'], ({ skip }) => (skip(), 'one'));
    expect([await get(), await cache.get(region, ['a'])]).toEqual(['one', undefined]);
    expect(log.of('unstored')).toEqual([{ type: 'unstored', why: 'declined' }]);
  });

  test('adds tags; they count from the second load on, for those of the first could have been invalidated unseen', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    const get = (id: string) =>
      cache.getOrSet(region, [id], (context) => (context.tags('owner:7', 'all'), `value ${id}`));
    await get('first');
    await clock.advance(0);
    await get('second');
    await clock.advance(0);
    expect(await cache.get(region, ['first'])).toBe(where === 'Redis' ? undefined : 'value first');
    expect(await cache.get(region, ['second'])).toBe('value second');
    await cache.invalidateTags('owner:7');
    expect(await cache.get(region, ['second'])).toBeUndefined();
  });

  test('adds no tag that was invalidated while the load ran: the value is not kept', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    await cache.getOrSet(region, ['first'], (context) => (context.tags('owner:7'), 'one'));
    await clock.advance(0);
    await cache.getOrSet(region, ['a'], async (context) => {
      await cache.invalidateTags('owner:7');
      context.tags('owner:7');
      return 'read before';
    });
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBeUndefined();
  });

  test('shows the stale value, and gives it a new life when the source says that it has not changed', async () => {
    const { cache, region, clock, log } = await loadWorld({ where, region: { failSafe: true } });
    const seen: unknown[] = [];
    const load = (context: LoadContext<string>) => {
      seen.push(context.stale);
      return context.stale === undefined ? 'one' : context.notModified();
    };
    const get = () => cache.getOrSet(region, ['a'], load);
    await get();
    await clock.advance(TTL);
    expect(await get()).toBe('one');
    await clock.advance(TTL / 2);
    expect(await get()).toBe('one');
    expect(seen).toEqual([undefined, 'one']);
    expect(log.count('stale')).toBe(0);
  });

  test('refuses notModified where nothing is stale, and a duration or tag that is none', async () => {
    const { cache, region } = await loadWorld({ where });
    const load = (misuse: (context: LoadContext<string>) => unknown) =>
      outcome(cache.getOrSet(region, ['a'], (context) => String(misuse(context))));
    expect(await load((context) => context.notModified())).toMatchObject({ code: 'NOTHING_STALE' });
    expect(await load((context) => context.ttl('soon' as never))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await load((context) => context.tags(''))).toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('of a batch holds for all its keys', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    await cache.getOrSetMany(region, [['a'], ['b']], (missing) => {
      cacheContext().ttl(5_000);
      return Promise.resolve(missing.map(([id]) => id));
    });
    await clock.advance(0);
    for (const id of ['a', 'b']) expect(await cache.ttl(region, [id])).toBeLessThanOrEqual(5_000);
    await cache.getOrSetMany(region, [['c']], (_, { skip }) => (skip(), Promise.resolve(['c'])));
    expect(await cache.get(region, ['c'])).toBeUndefined();
  });
});

describe('outside of a load', () => {
  test('the context takes what it is told, and does nothing', () => {
    const { signal, stale, ttl, tags, skip, notModified } = cacheContext();
    ttl('5s');
    tags('birds');
    skip();
    expect([signal.aborted, stale]).toEqual([false, undefined]);
    expect(notModified).toThrow(expect.objectContaining({ code: 'NOTHING_STALE' }));
  });

  test('a loader whose key has no canonical form gets one like that', async () => {
    const { cache } = await loadWorld({ where: 'memory' });
    const get = cache.getOrSet('odd', [() => 1] as never, (context: LoadContext) => (context.skip(), 'one'));
    expect(await get).toBe('one');
  });
});
