import { afterEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { CacheService, Cacheable, StrategyOf, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions, CacheStats } from 'nuthatch';
import { boot, bootHttp, closeAll, until, usePlace } from '../support/app.js';
import { freePort } from '../support/free-port.js';

afterEach(closeAll);

const library = defineRegions('library', {
  book: region<[isbn: string], string>({ ttl: '1h' }),
  shelf: region<[name: string], string>({ ttl: '1h' }),
});

@Injectable()
class LibraryStrategy extends StrategyOf(library) {}

const ISBNS = Array.from({ length: 40 }, (_, i) => `isbn ${i}`);

/** What the services of one test load, and when they may. */
class Database {
  readonly loads: string[] = [];
  open: () => void = () => undefined;
  gate = Promise.resolve();

  close(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  async load(id: string): Promise<string> {
    this.loads.push(id);
    await this.gate;
    return `value of ${id}`;
  }
}

let database = new Database();
afterEach(() => {
  database.open();
  database = new Database();
});

@Injectable()
class Library implements OnModuleInit {
  constructor(@Inject(CacheService) private readonly cache: CacheService) {
    cache.warmFrom(library.book, { keys: ISBNS, through: (isbn) => this.book(isbn) });
  }

  onModuleInit(): void {
    this.cache.warmFrom(library.shelf, { keys: ['north'], load: (name) => database.load(name) });
  }

  @Cacheable(library.book)
  book(isbn: string): Promise<string> {
    return database.load(isbn);
  }
}

const parts = { providers: [Library] };
const warmingAt = (atBoot: NonNullable<CacheModuleOptions['warming']>['atBoot']) => ({ warming: { atBoot } });

describe.each(['memory only', 'memory and Redis'] as const)(
  'An application that warms at boot (%s)',
  (name) => {
    const place = usePlace(name);

    it('is ready while its loaders still run, and warms in the background', async () => {
      database.close();
      const { url, get } = await bootHttp({ ...parts, cache: place.options(warmingAt('background')) });
      expect(url).toContain('http');
      const [warming] = get(CacheService).warmings;
      expect(warming?.progress.loaded).toBe(0);
      database.open();
      expect(await warming?.finished).toMatchObject({ outcome: 'complete', done: 41, loaded: 41 });
      const asked = database.loads.length;
      expect(await get(Library).book('isbn 7')).toBe('value of isbn 7');
      expect(database.loads).toHaveLength(asked);
    });

    it('is not ready before everything is warm, where it says so', async () => {
      database.close();
      let isReady = false;
      const booting = bootHttp({ ...parts, cache: place.options(warmingAt('before-ready')) });
      void booting.then(() => (isReady = true));
      await until(() => database.loads.length >= 8, 'loads were begun');
      expect(isReady).toBe(false);
      database.open();
      const { get, log } = await booting;
      expect(get(CacheService).warmings).toEqual([]);
      expect(database.loads).toHaveLength(41);
      expect(
        log.lines.some((line) => /^warming complete: 41 keys .* 41 loaded, 0 fresh, 0 failed$/.test(line)),
      ).toBe(true);
    });

    it('warms only the regions it names', async () => {
      const warming = { atBoot: 'before-ready', regions: [library.shelf] } as const;
      await boot({ ...parts, cache: place.options({ warming }) });
      expect(database.loads).toEqual(['north']);
    });

    it('warms nothing unless told to, and does on demand', async () => {
      const { get } = await place.boot(parts);
      expect(database.loads).toEqual([]);
      const report = await get(CacheService).warm('library', { concurrency: 3 }).finished;
      expect(report).toMatchObject({ outcome: 'complete', loaded: 41, total: 41 });
      expect(await get(CacheService).warm().finished).toMatchObject({ loaded: 0, fresh: 41 });
    });

    it('ends its warming when it is closed, after the loads in the air, which are kept', async () => {
      database.close();
      const { app, get } = await place.boot(parts);
      const warming = get(CacheService).warm(library.book, { concurrency: 2 });
      await until(() => database.loads.length === 2, 'two loads were begun');
      const closed = app.close();
      const isClosing = async () => {
        const { outcome } = await get(CacheService).warm(library.shelf, { keys: [], load: () => '' })
          .finished;
        return outcome === 'cancelled';
      };
      await until(isClosing, 'it is closing');
      database.open();
      await closed;
      expect(await warming.finished).toMatchObject({ outcome: 'cancelled', loaded: 2, failed: 0 });
      expect(database.loads).toHaveLength(2);
    });
  },
);

describe('An application that warms at boot', () => {
  it('is closed although a loader never ends', async () => {
    database.close();
    const cache = { ...warmingAt(true), shutdownGrace: 50 };
    const { app } = await boot({ ...parts, cache });
    await app.close();
    expect(database.loads).toHaveLength(8);
  });

  it('boots where Redis is not there, and fills its memory', async () => {
    const redis = { host: '127.0.0.1', port: await freePort() };
    const { get } = await boot({ ...parts, cache: { redis, ...warmingAt('before-ready') } });
    expect(database.loads).toHaveLength(41);
    expect(get(CacheService).warmings).toEqual([]);
  });

  it('is warmed by strategy and by region, as by hand', async () => {
    const { get } = await boot({ ...parts, cache: { strategies: [LibraryStrategy] } });
    const strategy = get(LibraryStrategy);
    expect(await strategy.shelf.warm().finished).toMatchObject({ loaded: 1, total: 1 });
    const { regions } = await strategy.warm().finished;
    expect(regions).toMatchObject({ 'library.book': { loaded: 40 }, 'library.shelf': { fresh: 1 } });
    const takeBack = strategy.shelf.warmFrom({ keys: ['south'], load: (name) => database.load(name) });
    takeBack();
    expect((await strategy.warm().finished).regions['library.shelf']).toMatchObject({ total: 1 });
  });

  it('does not boot where it names a region that has no source, or that nobody knows', async () => {
    const warming = (regions: string[]) => ({ cache: { warming: { atBoot: true, regions } } });
    await expect(boot({ ...parts, ...warming(['nobody']) })).rejects.toMatchObject({
      code: 'UNKNOWN_REGION',
    });
    await expect(boot(warming(['library']))).rejects.toMatchObject({ code: 'UNKNOWN_REGION' });
  });

  it('has the figures of what was asked for: warming loads are told apart, and count as no requests', async () => {
    const { get, url } = await bootHttp({ ...parts, cache: warmingAt('before-ready') });
    await get(Library).book('isbn 1');
    await get(Library).book('isbn 2');
    const { instance } = (await (await fetch(`${url}/cache/stats`)).json()) as CacheStats;
    const book = instance.regions['library.book'];
    expect(book).toMatchObject({ requests: 2, hitRate: 1, loads: 0, warmed: 40 });
  });
});
