import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import { sleep } from '../contracts/clock.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

jest.setTimeout(60_000);

const seeds = new Region<[], number>('seeds', { tags: ['birds'] });
const MAX_STALENESS_MS = 2_000;
const STEP_MS = 250;

/** One row of a database, and processes that cache it. Each process has a clock of its own, for it may be stopped. */
class World {
  readonly clock = new FakeClock();
  readonly server = new FakeServer(() => this.clock.wall());
  readonly processes: Process[] = [];
  row = 0;

  async start(): Promise<Process> {
    const process = new Process(this);
    this.processes.push(process);
    await process.clock.advance(0);
    return process;
  }

  /** Time passes, in steps, so that processes see each other's doings; those that are stopped do nothing meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(STEP_MS, left);
      await this.clock.advance(step);
      for (const { stopped, clock } of this.processes) {
        if (stopped) clock.jump(step);
        else await clock.advance(step);
      }
    }
  }

  /** The oldest row that a read which starts now in a process may give. */
  floor(reader: Process): number {
    const due = (writer: Process) => (writer === reader ? Infinity : this.clock.now() - MAX_STALENESS_MS);
    return Math.max(
      0,
      ...this.processes.flatMap((writer) =>
        writer.confirmed.filter(({ at }) => at < due(writer)).map(({ row }) => row),
      ),
    );
  }
}

class Process {
  readonly clock = new FakeClock();
  readonly client: FakeClient;
  readonly cache: CacheService;
  readonly confirmed: { readonly row: number; readonly at: number }[] = [];
  stopped = false;
  loads = 0;

  constructor(readonly world: World) {
    this.client = new FakeClient(world.server);
    const { clock, client } = this;
    const shared = { store: client, channel: client };
    const ports = { clock, recorder: silentRecorder, reporter: silentReporter, shared };
    const { engine: options } = resolveOptions({ maxStaleness: MAX_STALENESS_MS, memory: { maxItems: 10 } });
    const engine = new Engine(ports, { ...options, maxTags: 10 });
    this.cache = new CacheService(engine);
    engine.open();
  }

  /** Reads through the cache; the loader reads the row first and is busy with it for `loadMs`. */
  get(loadMs = 0): Promise<number> {
    return this.cache.getOrSet(seeds, [], async () => {
      this.loads++;
      const { row } = this.world;
      if (loadMs > 0) await sleep(this.clock, loadMs);
      return row;
    });
  }

  /** Writes the row, then evicts it or invalidates its tag. */
  async write(how: 'evict' | 'invalidate'): Promise<string> {
    const row = ++this.world.row;
    const { cache, world, confirmed } = this;
    const outcome = await (how === 'evict' ? cache.evict(seeds, [[]]) : cache.invalidateTags('birds'));
    if (outcome === 'confirmed') confirmed.push({ row, at: world.clock.now() });
    return outcome;
  }

  stop(): void {
    this.stopped = true;
    this.client.hold('answers', 'messages');
  }
}

describe.each(['evict', 'invalidate'] as const)(
  'a process that was stopped while another one wrote: %s',
  (how) => {
    /** Stops a process that has just asked for the row, and lets ten seconds pass in which the row is written. */
    const setUp = async (cached: boolean) => {
      const world = new World();
      const [one, other] = [await world.start(), await world.start()];
      await (cached ? one : other).get();
      await world.pass(100);
      one.stop();
      const before = one.get();
      await world.pass(5_000);
      expect(await other.write(how)).toBe('confirmed');
      await world.pass(5_000);
      one.stopped = false;
      return { world, one, other, before };
    };

    test('serves nothing old from memory when it goes on', async () => {
      const { one, before } = await setUp(true);
      expect(await before).toBe(0);
      const after = one.get();
      one.client.resume('answers', 'messages');
      expect(await after).toBe(1);
    });

    test('lets nobody join a read whose answer was on its way', async () => {
      const { one, before } = await setUp(false);
      const after = one.get();
      one.client.resume('answers', 'messages');
      expect(await before).toBe(0);
      expect(await after).toBe(1);
    });

    test('keeps no answer that was on its way, though the messages are still on theirs', async () => {
      const { one, before } = await setUp(false);
      one.client.resume('answers');
      expect(await before).toBe(0);
      await one.clock.advance(0);
      expect(await one.get()).toBe(1);
    });
  },
);

describe('a process that is cut off from Redis', () => {
  const setUp = async () => {
    const world = new World();
    const [one, other] = [await world.start(), await world.start()];
    one.client.leave();
    return { world, one, other };
  };

  test('keeps what it loads for outageTtl', async () => {
    const { world, one } = await setUp();
    for (let i = 0; i < 30; i++) {
      await one.get();
      await world.pass(100);
    }
    expect(one.loads).toBe(3);
  });

  test('lets nobody join a load that has run for longer than maxStaleness', async () => {
    const { world, one, other } = await setUp();
    const slow = one.get(5_000);
    await world.pass(100);
    await other.write('evict');
    await world.pass(1_900);
    const early = one.get();
    await world.pass(100);
    const late = one.get();
    await world.pass(5_000);
    expect(await Promise.all([slow, early, late])).toEqual([0, 0, 1]);
    expect(one.loads).toBe(2);
  });

  test('keeps nothing that it began to load longer ago than maxStaleness', async () => {
    const { world, one, other } = await setUp();
    const slow = one.get(5_000);
    await world.pass(100);
    await other.write('evict');
    await world.pass(5_000);
    expect(await slow).toBe(0);
    expect(await one.get()).toBe(1);
  });
});

describe('a channel that is silent', () => {
  test('gates memory after maxStaleness: the value comes from Redis again, and from memory after the next beat', async () => {
    const world = new World();
    const one = await world.start();
    await one.get();
    one.client.hold('messages');
    await world.pass(1_500);
    await one.get();
    expect(one.client.sent.read).toBe(1);
    await world.pass(1_100);
    await one.get();
    expect(one.client.sent.read).toBe(2);
    expect(one.loads).toBe(1);
    one.client.resume('messages');
    await world.pass(600);
    await one.get();
    await one.get();
    expect(one.client.sent.read).toBeLessThanOrEqual(3);
    expect(one.loads).toBe(1);
  });
});

describe.each(['evict', 'invalidate'] as const)('an acknowledged write in the same process: %s', (how) => {
  test('is seen by the next read, though an earlier read overtook it on the way to the server', async () => {
    const world = new World();
    const [one, other] = [await world.start(), await world.start()];
    await other.get();
    await world.pass(100);
    one.client.hold('commands', 'messages');
    const written = one.write(how);
    const overlapping = one.get();
    await one.clock.advance(0);
    one.client.delayOne();
    one.client.resumeOne('commands');
    expect(await overlapping).toBe(0);
    one.client.resume('commands');
    expect(await written).toBe('confirmed');
    expect(await one.get()).toBe(1);
  });

  test('is seen by a caller that finds an older load in the air', async () => {
    const world = new World();
    const one = await world.start();
    const slow = one.get(500);
    await world.pass(100);
    one.client.hold('messages');
    expect(await one.write(how)).toBe('confirmed');
    const after = one.get();
    await world.pass(1_000);
    expect(await Promise.all([slow, after])).toEqual([0, 1]);
  });
});

describe('callers that had joined a load', () => {
  const setUp = async () => {
    const world = new World();
    const [one, other] = [await world.start(), await world.start()];
    const pilot = one.get(500);
    await world.pass(100);
    const joined = [one.get(), one.get(), one.get()];
    await world.pass(100);
    return { world, one, other, pilot, joined };
  };

  test('ask once more, together, when an evict in another process overtook it', async () => {
    const { world, one, other, pilot, joined } = await setUp();
    one.client.hold('messages');
    await other.write('evict');
    await world.pass(1_000);
    expect(await pilot).toBe(0);
    expect(await Promise.all(joined)).toEqual([1, 1, 1]);
    expect(one.loads).toBe(2);
  });

  test('ask no third time, when the second load was overtaken too', async () => {
    const { world, one, other, joined } = await setUp();
    one.client.hold('messages');
    await other.write('evict');
    // those aboard begin a second load when the first has landed; it takes as long
    await world.pass(500);
    expect(one.loads).toBe(2);
    await other.write('evict');
    await world.pass(1_000);
    for (const row of await Promise.all(joined)) expect(row).toBeGreaterThanOrEqual(1);
  });
});

describe('a tag', () => {
  test('whose nonce was read while the channel was broken is read again when it opens', async () => {
    const world = new World();
    const [one, other] = [await world.start(), await world.start()];
    await other.get();
    one.client.breakChannel();
    await one.get();
    await other.write('invalidate');
    one.client.openChannel();
    await world.pass(2_500);
    expect(await one.get()).toBe(1);
  });

  test('that is invalidated while a value is loaded condemns it everywhere, though its fill was stored', async () => {
    const world = new World();
    const [one, other, third] = [await world.start(), await world.start(), await world.start()];
    const slow = one.get(500);
    await world.pass(100);
    await other.write('invalidate');
    await world.pass(1_000);
    expect(await slow).toBe(0);
    const after = [one, other, third].map((process) => process.get());
    await world.pass(500);
    expect(await Promise.all(after)).toEqual([1, 1, 1]);
    expect(one.loads + other.loads + third.loads).toBe(2);
  });
});

test('no read gives a row that is older than promised, whatever happens in whatever order', async () => {
  const who = fc.nat(1);
  const way = fc.constantFrom('commands' as const, 'answers' as const, 'messages' as const);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('get' as const), who, fc.constantFrom(0, 0, 150, 3_000)) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('evict' as const), who, fc.constant(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('invalidate' as const), who, fc.constant(0)) },
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constant('pass' as const), who, fc.constantFrom(1, 100, 700, 2_500)),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('stop' as const, 'go' as const), who, fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('delay' as const), who, fc.constant(0)) },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom('hold' as const, 'one' as const, 'resume' as const), who, way),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('break' as const, 'open' as const), who, fc.constant(0)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('leave' as const, 'return' as const), who, fc.constant(0)),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
      const world = new World();
      const processes = [await world.start(), await world.start()];
      const late: string[] = [];
      const run = async (process: Process, [act, , how]: (typeof steps)[number]) => {
        const { client } = process;
        if (act === 'pass') return world.pass(how);
        if (act === 'go') process.stopped = false;
        else if (process.stopped) return;
        else if (act === 'stop') process.stop();
        else if (act === 'hold') client.hold(how);
        else if (act === 'one') client.resumeOne(how);
        else if (act === 'delay') client.delayOne();
        else if (act === 'resume') client.resume(how);
        else if (act === 'break') client.breakChannel();
        else if (act === 'open') client.openChannel();
        else if (act === 'leave') client.leave();
        else if (act === 'return') client.return();
        else if (act !== 'get') void process.write(act);
        else {
          const floor = world.floor(process);
          void process.get(how).then((row) => {
            if (row < floor) late.push(`${row} where ${floor} was promised`);
          });
        }
        await process.clock.advance(0);
      };
      for (const one of steps) await run(processes[one[1]] as Process, one);
      for (const process of processes) {
        process.stopped = false;
        process.client.resume('commands', 'answers', 'messages');
      }
      await world.pass(4_000);
      expect(late).toEqual([]);
    }),
    { numRuns: Number(process.env.NUTHATCH_STALENESS_RUNS ?? 150) },
  );
});
