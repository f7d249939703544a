import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { CacheModule, CacheService, Cacheable, StrategyOf, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions, StrategyUse } from 'nuthatch';
import { boot, closeAll, usePlace } from '../support/app.js';

afterEach(closeAll);

interface Book {
  readonly isbn: string;
  readonly title: string;
}

const library = defineRegions('library', {
  book: region<[isbn: string], Book>({ ttl: '1h', tags: (isbn) => [`shelf:${isbn[0]}`] }),
  shelf: region<[name: string], string[]>({ ttl: '5m', nullTtl: '1m', tags: (name) => [`shelf:${name}`] }),
  clerk: region<[id: number], string | null>(),
});

@Injectable()
class LibraryStrategy extends StrategyOf(library) {
  emptied(shelf: string) {
    return this.invalidateTags(`shelf:${shelf}`);
  }
}

const book = (isbn: string, title = 'a title'): Book => ({ isbn, title });

describe('A strategy made of regions', () => {
  const strategies = [LibraryStrategy];

  it('has for each region a typed object with its reads, writes and invalidations', async () => {
    const { get } = await boot({ cache: { strategies } });
    const { book: books, shelf } = get(LibraryStrategy);
    await expect(books.get('a1')).resolves.toBeUndefined();
    await expect(books.getOrSet(['a1'], () => book('a1'))).resolves.toEqual(book('a1'));
    await expect(books.set(['a2'], book('a2'))).resolves.toBe('confirmed');
    await expect(books.getMany([['a1'], ['a2'], ['b1']])).resolves.toEqual([
      book('a1'),
      book('a2'),
      undefined,
    ]);
    await expect(
      books.getOrSetMany([['a1'], ['b1']], (keys) => Promise.resolve(keys.map(([isbn]) => book(isbn)))),
    ).resolves.toHaveLength(2);
    await expect(books.has('b1')).resolves.toBe(true);
    await expect(books.ttl('a1')).resolves.toBeGreaterThan(3_500_000);
    await expect(books.touch(['a1'], { ttl: '2h' })).resolves.toBe(true);
    await expect(books.ttl('a1')).resolves.toBeGreaterThan(3_600_000);
    await books.evict('a1');
    await expect(books.has('a1')).resolves.toBe(false);
    await books.setMany([[['a1'], book('a1')]]);
    await shelf.set(['a'], ['a1', 'a2']);
    await get(LibraryStrategy).emptied('a');
    await expect(books.getMany([['a1'], ['a2'], ['b1']])).resolves.toEqual([
      undefined,
      undefined,
      book('b1'),
    ]);
    await expect(shelf.has('a')).resolves.toBe(false);
    await books.evictMany([['b1']]);
    await expect(books.has('b1')).resolves.toBe(false);
  });

  it('clears all of its regions at once, and no other', async () => {
    const { get } = await boot({ cache: { strategies } });
    const strategy = get(LibraryStrategy);
    const cache = get(CacheService);
    await Promise.all([
      strategy.book.set(['a1'], book('a1')),
      strategy.clerk.set([7], null),
      cache.getOrSet('others', ['x'], () => 1),
    ]);
    await expect(strategy.clear()).resolves.toBe('confirmed');
    await expect(strategy.book.has('a1')).resolves.toBe(false);
    await expect(strategy.clerk.has(7)).resolves.toBe(false);
    await expect(cache.has('others', ['x'])).resolves.toBe(true);
  });

  it('reaches the cache of its own application', async () => {
    const [one, other] = [await boot({ cache: { strategies } }), await boot({ cache: { strategies } })];
    await one.get(LibraryStrategy).book.set(['a1'], book('a1'));
    await expect(one.get(LibraryStrategy).book.has('a1')).resolves.toBe(true);
    await expect(other.get(LibraryStrategy).book.has('a1')).resolves.toBe(false);
  });

  it('without an application says that it has no cache', () => {
    expect(() => new LibraryStrategy().book).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('cannot have a region under a name that means something else', () => {
    const named = (name: string) => () => StrategyOf(defineRegions('odd', { [name]: region<[], string>() }));
    for (const name of ['clear', 'regions', 'ttls', 'constructor', 'toString'])
      expect(named(name)).toThrow(expect.objectContaining({ message: expect.stringContaining(`'${name}'`) }));
  });
});

describe('What a deployment says of a strategy', () => {
  const use = LibraryStrategy;

  it('is how long its values are fresh, for decorated methods as well', async () => {
    @Injectable()
    class Shelves {
      @Cacheable(library.shelf)
      async find(name: string): Promise<string[]> {
        return [name];
      }
    }
    const { get } = await boot({
      cache: { strategies: [{ use, ttl: { shelf: '10s', clerk: 500 } }], defaultTtl: '7m' },
      providers: [Shelves],
    });
    const strategy = get(LibraryStrategy);
    expect(strategy.ttls).toEqual({ book: 3_600_000, shelf: 10_000, clerk: 500 });
    await get(Shelves).find('a');
    await expect(strategy.shelf.ttl('a')).resolves.toBeLessThanOrEqual(10_000);
    await strategy.clerk.set([1], null);
    await expect(strategy.clerk.ttl(1)).resolves.toBeLessThanOrEqual(500);
  });

  it('leaves a life of its own to null where the region has one', async () => {
    const { get } = await boot({ cache: { strategies: [{ use, ttl: { shelf: '10s' } }] } });
    const { shelf } = get(LibraryStrategy);
    await shelf.set(['a'], null as never);
    await expect(shelf.ttl('a')).resolves.toBeGreaterThan(50_000);
  });

  it('holds in an application that makes its options asynchronously, and in a feature', async () => {
    const strategies: StrategyUse[] = [{ use, ttl: { book: '9s' } }];
    @Module({ imports: [CacheModule.forFeature(strategies)] })
    class Feature {}
    for (const imports of [
      [CacheModule.forRootAsync({ useFactory: () => ({}), strategies })],
      [CacheModule.forRoot(), Feature],
    ]) {
      const { get } = await boot({ cache: false, imports });
      expect(get(LibraryStrategy).ttls.book).toBe(9_000);
    }
  });

  it.each([
    [
      { use, ttl: { bok: '5s' } },
      "ttl of LibraryStrategy names 'bok', but its regions are book, shelf, clerk",
    ],
    [{ use, ttl: { book: 'soon' } }, 'ttl.book of LibraryStrategy'],
    [{ use, ttl: { toString: '5s' } }, "names 'toString'"],
    [{ use, ttl: '5s' }, 'ttl of LibraryStrategy must be an object'],
    [{ use, tll: {} }, "an entry has no 'tll'"],
    [{ ttl: {} }, 'strategies must be an array of strategy classes'],
    ['LibraryStrategy', 'strategies must be an array of strategy classes'],
  ])('stops the boot where it is wrong: %j', async (entry, message) => {
    const booting = async () => boot({ cache: { strategies: [entry as never] } });
    await expect(booting()).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });

  it('stops the boot when two places say different things', async () => {
    const again = CacheModule.forFeature([{ use, ttl: { book: '6s' } }]);
    const cache: CacheModuleOptions = { strategies: [{ use, ttl: { book: '5s' } }] };
    await expect(boot({ cache, imports: [again] })).rejects.toMatchObject({
      message: expect.stringMatching(/6000 ms.*5000 ms|5000 ms.*6000 ms/),
    });
  });
});

describe('A write through a region', () => {
  const place = usePlace('memory and Redis');
  const start = async () => {
    const { get } = await place.boot({ providers: [] }, { strategies: [LibraryStrategy] });
    return get(LibraryStrategy).book;
  };

  it('keeps what the database was given, and gives it back', async () => {
    const books = await start();
    const written = books.write(['a1'], () => Promise.resolve(book('a1', 'new')), { ttl: '5s' });
    await expect(written).resolves.toEqual(book('a1', 'new'));
    await expect(books.get('a1')).resolves.toEqual(book('a1', 'new'));
    await expect(books.ttl('a1')).resolves.toBeLessThanOrEqual(5_000);
  });

  it('leaves nothing behind when the database refuses, or gives nothing', async () => {
    const books = await start();
    await books.set(['a1'], book('a1', 'old'));
    await expect(books.write(['a1'], () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await expect(books.has('a1')).resolves.toBe(false);
    await books.set(['a1'], book('a1', 'old'));
    await books.write(['a1'], () => Promise.resolve(undefined as never));
    await expect(books.has('a1')).resolves.toBe(false);
  });

  it('keeps no value of two writes at once, and none that was read while it ran', async () => {
    const books = await start();
    let row = book('a1', 'old');
    let open = () => undefined as void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const first = books.write(['a1'], async () => {
      row = book('a1', 'first');
      await gate;
      return row;
    });
    await expect(books.getOrSet(['a1'], () => book('a1', 'read before'))).resolves.toBeDefined();
    await expect(books.has('a1')).resolves.toBe(false);
    await books.write(['a1'], () => Promise.resolve((row = book('a1', 'second'))));
    open();
    await first;
    await expect(books.has('a1')).resolves.toBe(false);
    await expect(books.getOrSet(['a1'], () => row)).resolves.toEqual(book('a1', 'second'));
  });

  it('does not begin the work for a key that has no canonical form, or a wrong duration', async () => {
    const books = await start();
    let runs = 0;
    const work = () => Promise.resolve(book('a1', `${++runs}`));
    await expect(books.write([Symbol('a') as never], work)).rejects.toMatchObject({
      code: 'NO_CANONICAL_KEY',
    });
    await expect(books.write(['a1'], work, { ttl: 'x' as never })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await expect(books.write(['a1'], 'work' as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(runs).toBe(0);
  });
});
