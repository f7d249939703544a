import { describe, expect, test } from '@jest/globals';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder } from '../contracts/events.js';
import type { Maintenance } from '../contracts/maintenance.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { FaultyMaintenance } from '../testing/faults/faulty-maintenance.js';
import { MemoryChannel } from '../testing/memory/memory-channel.js';
import { MemoryMaintenance } from '../testing/memory/memory-maintenance.js';
import { MemoryStore } from '../testing/memory/memory-store.js';
import { RecordedReports } from '../testing/module/recorded-reports.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[owner: string, n?: number], string>('seeds', { ttl: '1h' });
const acorns = new Region<[owner: string], string>('seeds.acorns', { ttl: '1h' });

/** An application; with a store, one of several that share it. */
function start(store?: MemoryStore, maintenance?: Maintenance, clock = store?.clock ?? new FakeClock()) {
  const reporter = new RecordedReports();
  const shared = store && {
    store,
    channel: new MemoryChannel(store),
    maintenance: maintenance ?? new MemoryMaintenance(store),
  };
  const ports = { clock, recorder: silentRecorder, reporter, ...(shared && { shared }) };
  const engine = new Engine(ports, resolveOptions({}).engine);
  engine.open();
  engine.partitions.named('default').coherence.sendBeats();
  const cache = new CacheService(engine);
  engine.regions.register(seeds);
  engine.regions.register(acorns);
  return { engine, cache, reporter };
}

/** A load that ends when the test says so. */
function slowly(): { load: () => Promise<string>; end: (value: string) => void; begun: Promise<void> } {
  let end: (value: string) => void = () => undefined;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const value = new Promise<string>((resolve) => (end = resolve));
  const load = () => {
    begin();
    return value;
  };
  return { load, end, begun };
}

const PLACES = [
  { name: 'memory only', store: () => undefined },
  { name: 'memory and a store', store: () => new MemoryStore(new FakeClock()) },
] as const;

describe.each(PLACES)('a pattern, in $name', ({ store }) => {
  test('evicts what it means, and nothing else', async () => {
    const { cache } = start(store());
    const all = [['jay', 1], ['jay', 2], ['jay'], ['tit', 1]] as [string, number?][];
    await cache.setMany(
      seeds,
      all.map((args) => [args, 'kept'] as const),
    );
    await cache.set(acorns, ['jay'], 'kept');
    const done = await cache.invalidatePattern('seeds:j*,?');
    expect(done).toMatchObject({ outcome: 'confirmed', evicted: 2, cancelled: false });
    expect(await cache.getMany(seeds, all)).toEqual([undefined, undefined, 'kept', 'kept']);
    expect(await cache.get(acorns, ['jay'])).toBe('kept');
  });

  test('means several regions by a pattern of their names, and whole ones without arguments', async () => {
    const { cache } = start(store());
    await cache.set(seeds, ['jay'], 'kept');
    await cache.set(acorns, ['jay'], 'kept');
    expect(await cache.invalidatePattern('seeds*')).toMatchObject({ outcome: 'confirmed', evicted: 0 });
    expect([await cache.get(seeds, ['jay']), await cache.get(acorns, ['jay'])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('lets nothing stay that was being loaded when it was called', async () => {
    const { cache } = start(store());
    const { load, end, begun } = slowly();
    const loading = cache.getOrSet(seeds, ['jay', 1], load);
    await begun;
    await cache.invalidatePattern('seeds:jay,*');
    const after = cache.getOrSet(seeds, ['jay', 1], () => 'new');
    end('old');
    expect(await loading).toBe('old');
    expect(await after).toBe('new');
    expect(await cache.getOrSet(seeds, ['jay', 1], () => 'newer')).not.toBe('old');
  });

  test('refuses regions with keys of which nobody knows the arguments, but for the whole region', async () => {
    const { cache } = start(store());
    const long = 'x'.repeat(300);
    await cache.set(seeds, [long], 'kept');
    await expect(cache.invalidatePattern('seeds:jay')).rejects.toMatchObject({ code: 'PATTERN_REFUSED' });
    expect(await cache.invalidatePattern('seeds:*')).toMatchObject({ outcome: 'confirmed' });
    expect(await cache.get(seeds, [long])).toBeUndefined();
  });

  test('is refused inside a unit of work, and where it means no region', async () => {
    const { cache } = start(store());
    await cache.set(seeds, ['jay'], 'kept');
    await cache.afterCommit(async () => {
      for (const pattern of ['seeds', 'seeds:jay'])
        await expect(cache.invalidatePattern(pattern)).rejects.toMatchObject({ code: 'PATTERN_REFUSED' });
    });
    await expect(cache.invalidatePattern('nuts:jay')).rejects.toMatchObject({ code: 'UNKNOWN_REGION' });
    await expect(cache.invalidatePattern('')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await cache.get(seeds, ['jay'])).toBe('kept');
  });

  test('is cancelled by its signal and by the end of the application, and tells how far it came', async () => {
    const { cache, engine } = start(store());
    const all = Array.from({ length: 250 }, (_, n) => ['jay', n] as [string, number]);
    await cache.setMany(
      seeds,
      all.map((args) => [args, 'kept'] as const),
    );
    const stop = new AbortController();
    const progress: number[] = [];
    const onProgress = ({ evicted }: { evicted: number }) => {
      progress.push(evicted);
      stop.abort();
    };
    const done = await cache.invalidatePattern('seeds:jay,*', { signal: stop.signal, onProgress });
    expect(done).toEqual({
      outcome: 'confirmed',
      scanned: expect.any(Number),
      evicted: 100,
      cancelled: true,
    });
    expect(progress).toEqual([100]);
    expect((await cache.getMany(seeds, all)).filter((one) => one === undefined)).toHaveLength(100);
    await engine.close(0);
    expect(await cache.invalidatePattern('seeds:jay,*')).toMatchObject({ cancelled: true, evicted: 0 });
  });

  test('goes on when nobody listens any more', async () => {
    const { cache, reporter } = start(store());
    await cache.set(seeds, ['jay'], 'kept');
    const onProgress = () => {
      throw new Error('secret');
    };
    expect(await cache.invalidatePattern('seeds:jay', { onProgress })).toMatchObject({ evicted: 1 });
    expect(JSON.stringify(reporter)).toContain('onProgress of invalidatePattern threw Error');
    expect(JSON.stringify(reporter)).not.toContain('secret');
  });
});

describe('in a store that others use', () => {
  test('what only another process remembers is doubted, and asked of the store', async () => {
    const store = new MemoryStore(new FakeClock());
    const [one, other] = [start(store), start(store)];
    await other.cache.getOrSet(seeds, ['jay', 1], () => 'old');
    await other.cache.getOrSet(seeds, ['tit', 1], () => 'kept');
    for (const { kind, key } of store.companions()) {
      if (kind === 'value' && key.includes('jay')) store.lose(key);
    }
    expect(await other.cache.get(seeds, ['jay', 1])).toBe('old');
    expect(await one.cache.invalidatePattern('seeds:jay,*')).toMatchObject({ outcome: 'confirmed' });
    expect(await other.cache.get(seeds, ['jay', 1])).toBeUndefined();
    expect(await other.cache.get(seeds, ['tit', 1])).toBe('kept');
  });

  /** A look that sees nothing of a load: its lease is gone, and its value not there yet. */
  test.each([
    { looks: 'a second look', keysMove: false, missing: 1 },
    { looks: 'a third look, where keys move', keysMove: true, missing: 2 },
  ])('finds by $looks what a load leaves that no look before has seen', async ({ keysMove, missing }) => {
    const store = new MemoryStore(new FakeClock());
    const inner = new MemoryMaintenance(store);
    const { load, end, begun } = slowly();
    let looks = 0;
    const under: { way?: Promise<unknown> } = {};
    const maintenance: Maintenance = {
      keysMove,
      doubt: (tag) => inner.doubt(tag),
      figures: () => inner.figures(),
      announce: () => inner.announce(),
      sweep: () => inner.sweep(),
      look: async (region, visit) => {
        if (++looks > missing) return inner.look(region, visit);
        if (looks < missing) return;
        end('old');
        await under.way;
      },
    };
    const [one, other] = [start(store, maintenance), start(store)];
    under.way = other.cache.getOrSet(seeds, ['jay', 1], load);
    await begun;
    expect(await one.cache.invalidatePattern('seeds:jay,*')).toMatchObject({ evicted: 1 });
    expect(looks).toBe(keysMove ? 3 : 2);
    expect(await other.cache.get(seeds, ['jay', 1])).toBeUndefined();
  });

  test('a write that runs does not store what it wrote', async () => {
    const store = new MemoryStore(new FakeClock());
    const [one, other] = [start(store), start(store)];
    const { load, end, begun } = slowly();
    const writing = other.cache.region(seeds).write(['jay', 1], load);
    await begun;
    expect(await one.cache.invalidatePattern('seeds:jay,*')).toMatchObject({ evicted: 1 });
    end('old');
    expect(await writing).toBe('old');
    expect(await other.cache.get(seeds, ['jay', 1])).toBeUndefined();
  });

  test.each(['look', 'doubt'] as const)(
    'is failed where it cannot %s, and that is said once',
    async (command) => {
      const store = new MemoryStore(new FakeClock());
      const maintenance = new FaultyMaintenance(new MemoryMaintenance(store));
      const { cache, reporter } = start(store, maintenance);
      await cache.set(seeds, ['jay'], 'kept');
      maintenance.faults.fail(command);
      expect(await cache.invalidatePattern('seeds:jay')).toMatchObject({ outcome: 'failed' });
      expect(await cache.invalidatePattern('seeds:jay')).toMatchObject({ outcome: 'failed' });
      expect(JSON.stringify(reporter)).toContain("could not look through the region 'seeds'");
    },
  );
});
