import { describe, expect, it } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import type { BehindWrite } from '../contracts/behind-handler.js';
import { CacheError } from '../contracts/errors.js';
import { silentReporter } from '../contracts/events.js';
import type { RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';
import type { ServerDurability } from '../contracts/write-log.js';
import { FakeClock } from '../testing/fake-clock.js';
import { LocalWriteLog } from '../write-behind/local-write-log.js';
import { logOf } from './behind.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

/** A log that can be told not to answer. */
class MoodyLog extends LocalWriteLog {
  deaf = false;
  policy = 'noeviction';
  /** What was asked and loaded, in order. */
  readonly order: string[] = [];

  override async unsettled(...given: Parameters<LocalWriteLog['unsettled']>) {
    // an answer takes its time
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    this.order.push('asked');
    return super.unsettled(...given);
  }

  override reachable(): boolean {
    return !this.deaf;
  }

  override async durability(): Promise<ServerDurability> {
    return { evictionPolicy: this.policy, fsyncsAlways: undefined };
  }
}

type Options = RegionOptions<[id: string], string | null>;

/** Processes that share a server and the logs on it. */
async function world(options: Options = {}) {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const log = new MoodyLog(clock);
  const region = new Region<[id: string], string | null>('notes', {
    ttl: 60_000,
    writeBehind: true,
    ...options,
  });
  const rows = new Map<string, string>();
  const seen = { loads: 0 };
  const start = async () => {
    const events = new EventLog();
    const client = new FakeClient(server);
    const shared = { store: client, channel: client, log };
    const engine = new Engine(
      { clock, recorder: events, reporter: silentReporter, shared },
      resolveOptions({}).engine,
    );
    engine.open();
    await clock.advance(0);
    const cache = new CacheService(engine);
    const load = () => {
      seen.loads++;
      return rows.get('a') ?? 'nothing';
    };
    const read = () => cache.getOrSet(region, ['a'], load);
    const readMany = (...ids: string[]) =>
      cache.getOrSetMany(
        region,
        ids.map((id): [string] => [id]),
        async (missing) => {
          seen.loads++;
          return missing.map(([id]) => rows.get(id) ?? `none of ${id}`);
        },
      );
    return { cache, engine, client, events, read, readMany };
  };
  /** What a worker would do. */
  const flush = async () => {
    for (let partition = 0; partition < 8; partition++) {
      const place = { region: 'notes', partition };
      const grip = await log.claim(place, 'w', 10_000);
      const all = (grip && (await log.take(place, grip, 100))) ?? [];
      const { behind } = first.engine.regions.get(region);
      for (const one of all) {
        const decoded = behind?.decode(one.args, one.value);
        rows.set(String(decoded?.args[0]), String(decoded?.value));
      }
      if (grip !== undefined) await log.settle(place, grip, all);
      if (grip !== undefined) await log.release(place, grip);
    }
  };
  const handled: BehindWrite[] = [];
  const handle = ({ engine }: { readonly engine: Engine }) => {
    const runtime = engine.regions.get(region);
    if (runtime.behind === undefined) throw new Error('no write-behind');
    logOf(runtime).handler = {
      region: runtime.behind,
      terms: { batch: 1, maxDelayMs: 0, coalesce: true, attempts: 1, permanent: undefined },
      write: async (batch) => {
        handled.push(...batch);
        for (const one of batch) rows.set(String(one.args[0]), String(one.value));
      },
    };
  };
  const first = await start();
  /** What the server lost of the key, by eviction for one. */
  const lose = () => first.client.evict(['notes:s1:a']);
  return { clock, log, region, rows, seen, start, flush, handle, handled, lose, ...first };
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return error instanceof CacheError ? error.code : error;
}

describe('a region with write-behind', () => {
  it('gives a write at once to all processes, while the database has nothing', async () => {
    const { cache, region, seen, start, read } = await world();
    await expect(read()).resolves.toBe('nothing');
    const receipt = await cache.writeBehind(region, ['a'], 'new');
    expect(receipt).toMatchObject({ via: 'queue', outcome: 'confirmed' });
    await expect(read()).resolves.toBe('new');
    await expect((await start()).read()).resolves.toBe('new');
    expect(seen.loads).toBe(1);
  });

  it.each([true, false])('takes it from the log when the entry is gone (memory: %s)', async (memory) => {
    const { cache, region, seen, start, lose } = await world({ memory });
    await cache.writeBehind(region, ['a'], 'new');
    await lose();
    const other = await start();
    await expect(other.cache.get(region, ['a'])).resolves.toBe('new');
    await expect(other.cache.has(region, ['a'])).resolves.toBe(true);
    await expect(other.cache.getMany(region, [['b'], ['a']])).resolves.toEqual([undefined, 'new']);
    await expect(other.readMany('a')).resolves.toEqual(['new']);
    expect(seen.loads).toBe(0);
    await lose();
    await expect(other.readMany('a', 'b')).resolves.toEqual(['new', 'none of b']);
    await lose();
    await expect(other.read()).resolves.toBe('new');
    expect(seen.loads).toBe(1);
  });

  it('stores what it took from the log, and asks the database when the log is empty', async () => {
    const { cache, region, seen, start, flush, read, lose, log } = await world();
    await cache.writeBehind(region, ['a'], 'new');
    await lose();
    await read();
    log.deaf = true;
    await expect((await start()).cache.get(region, ['a'])).resolves.toBe('new');
    log.deaf = false;
    await flush();
    await lose();
    await expect(read()).resolves.toBe('new');
    expect(seen.loads).toBe(1);
  });

  it('keeps nothing of a load whose log did not answer', async () => {
    const { read, log, seen, start } = await world();
    log.deaf = true;
    await expect(read()).resolves.toBe('nothing');
    await expect(read()).resolves.toBe('nothing');
    await expect((await start()).read()).resolves.toBe('nothing');
    expect(seen.loads).toBe(3);
  });

  it.each(['alone', 'together', 'warmed one by one', 'warmed together', 'in a unit of work'])(
    'is asked for in the log before any loader runs: %s',
    async (how) => {
      const { cache, region, log, clock } = await world();
      const load = async () => {
        log.order.push('loaded');
        return 'row';
      };
      const keys = [['a'], ['b']] as [string][];
      const loadMany = async (missing: readonly unknown[]) => Promise.all(missing.map(load));
      const ways: Record<string, () => Promise<unknown>> = {
        alone: () => Promise.all(keys.map((key) => cache.getOrSet(region, key, load))),
        together: () => cache.getOrSetMany(region, keys, loadMany),
        'warmed one by one': () => cache.warm(region, { keys, load }).finished,
        'warmed together': () => cache.warm(region, { keys, loadMany }).finished,
        'in a unit of work': () =>
          cache.afterCommit(() => Promise.all(keys.map((key) => cache.getOrSet(region, key, load)))),
      };
      const done = ways[how]?.();
      await clock.advance(100);
      await done;
      expect(log.order).toEqual(['asked', 'asked', 'loaded', 'loaded']);
    },
  );

  it('is not loaded by a warming that finds it in the log', async () => {
    const { cache, region, lose, clock, start } = await world();
    await cache.writeBehind(region, ['a'], 'new');
    await lose();
    const other = await start();
    const asked: unknown[] = [];
    const loadMany = async (missing: readonly unknown[]) => {
      asked.push(...missing);
      return missing.map(() => 'row');
    };
    const { finished } = other.cache.warm(region, { keys: [['a'], ['b']], loadMany });
    await clock.advance(1_000);
    await finished;
    expect(asked).toEqual([['b']]);
    await expect(other.cache.get(region, ['a'])).resolves.toBe('new');
  });

  it('gives null from the log', async () => {
    const { cache, region, start, lose } = await world();
    await cache.writeBehind(region, ['a'], null);
    await lose();
    await expect((await start()).cache.get(region, ['a'])).resolves.toBeNull();
  });

  it('writes directly while the log does not answer, and then reads what is newer than the log', async () => {
    const { cache, region, log, handle, handled, engine, start, lose, flush, rows } = await world();
    handle({ engine });
    const queued = await cache.writeBehind(region, ['a'], 'queued');
    log.deaf = true;
    const direct = await cache.writeBehind(region, ['a'], 'direct');
    expect(direct).toMatchObject({ via: 'through', outcome: 'confirmed' });
    expect(direct.version).toBeGreaterThan(queued.version);
    expect(handled).toMatchObject([{ args: ['a'], value: 'direct', version: direct.version }]);
    log.deaf = false;
    await lose();
    // the handler of `flush` knows no versions: what matters is that the log's older value is not read
    await expect((await start()).read()).resolves.toBe('direct');
    await flush();
    expect(rows.get('a')).toBe('queued');
  });

  it('acknowledges nothing in a unit of work', async () => {
    const { cache, region, log } = await world();
    const work = cache.afterCommit(() => cache.writeBehind(region, ['a'], 'x'));
    await expect(work).rejects.toThrow(/afterCommit/);
    await expect(codeOf(cache.afterCommit(() => cache.writeBehind(region, ['a'], 'x')))).resolves.toBe(
      'IN_UNIT_OF_WORK',
    );
    expect(await depth(log)).toBe(0);
  });

  it('refuses set, setMany, touch and write, and allows evict and clear', async () => {
    const { cache, region } = await world();
    const refused = [
      () => cache.set(region, ['a'], 'x'),
      () => cache.setMany(region, [[['a'], 'x']]),
      () => cache.touch(region, ['a']),
      () => cache.write(region, ['a'], async () => 'x'),
      () => cache.write(region, ['a'], 'x', async () => undefined),
    ];
    for (const one of refused) await expect(codeOf(one())).resolves.toBe('WRITE_BEHIND_REGION');
    await expect(cache.evict(region, [['a']])).resolves.toBe('confirmed');
    await expect(cache.clear(region)).resolves.toBe('confirmed');
    const other = new Region<[id: string], string>('others', {});
    cache.region(other);
    await expect(codeOf(cache.writeBehind(other, ['a'], 'x'))).resolves.toBe('WRITE_BEHIND_REGION');
  });

  it('goes on giving what was acknowledged when a later write was not taken', async () => {
    const { cache, region, read, seen } = await world({
      writeBehind: { maxDepth: 1, partitions: 1, whenFull: 'reject' },
    });
    await cache.writeBehind(region, ['a'], 'one');
    await expect(codeOf(cache.writeBehind(region, ['a'], 'two'))).resolves.toBe('WRITE_BEHIND_FULL');
    await expect(read()).resolves.toBe('one');
    expect(seen.loads).toBe(0);
  });

  it('keeps deltas out of what is read', async () => {
    const { cache, region, read, log } = await world({ writeBehind: { kind: 'delta' } });
    await cache.writeBehind(region, ['a'], 'plus one');
    expect(await depth(log)).toBe(1);
    await expect(cache.get(region, ['a'])).resolves.toBeUndefined();
    await expect(read()).resolves.toBe('nothing');
  });

  it.each([undefined, Symbol('x'), () => 1])('refuses what has no bytes: %p', async (value) => {
    const { cache, region, log } = await world();
    await expect(codeOf(cache.writeBehind(region, ['a'], value as never))).resolves.toBe('NOT_STORABLE');
    expect(await depth(log)).toBe(0);
  });

  it('writes directly while its server may evict what it acknowledges', async () => {
    const { cache, region, log, handle, engine } = await world();
    handle({ engine });
    log.policy = 'allkeys-lru';
    await expect(cache.writeBehind(region, ['a'], 'x')).resolves.toMatchObject({ via: 'through' });
  });
});

describe('terms of write-behind', () => {
  it.each([
    [{ kind: 'other' }, /writeBehind.kind/],
    [{ partitions: 65 }, /1 to 64/],
    [{ maxDepth: 0 }, /maxDepth/],
    [{ durability: 'disk' }, /memory, replicated, fsync, none/],
    [{ kind: 'delta', whenFull: 'through' }, /deltas/],
    [{ blockFor: 'soon' }, /blockFor/],
    [{ partition: 1 }, /no option 'partition'/],
    [false, /true or an object/],
  ])('are refused where they are wrong: %p', async (writeBehind, message) => {
    await expect(
      world({ writeBehind: writeBehind as never }).then(({ cache, region }) => cache.get(region, ['a'])),
    ).rejects.toThrow(message);
  });

  it('need Redis, unless they ask for nothing that it gives', async () => {
    const clock = new FakeClock();
    const ports = { clock, recorder: new EventLog(), reporter: silentReporter };
    const engine = new Engine(ports, resolveOptions({}).engine);
    const durable = new Region<[id: string], string>('durable', { writeBehind: true });
    expect(() => engine.regions.register(durable)).toThrow(/needs Redis/);
    const local = new Region<[id: string], string>('local', { writeBehind: { durability: 'none' } });
    const cache = new CacheService(engine);
    engine.regions.register(local);
    await cache.writeBehind(local, ['a'], 'x');
    await expect(cache.get(local, ['a'])).resolves.toBe('x');
  });
});

async function depth(log: LocalWriteLog): Promise<number> {
  const all = Array.from({ length: 8 }, (_, partition) => log.figures({ region: 'notes', partition }));
  return (await Promise.all(all)).reduce((sum, one) => sum + one.depth, 0);
}
