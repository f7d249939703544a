import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { WorldParts, WorldProcess } from '../../../../test/support/fleet-world.js';
import { World } from '../../../../test/support/fleet-world.js';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

jest.setTimeout(120_000);

const seeds = new Region<[], number>('seeds', { tags: ['birds'] });
const { engine: options } = resolveOptions({ maxStaleness: '2s', leaseWait: '3s', memory: { maxItems: 10 } });

const parts: WorldParts<FakeClock> = {
  maxStalenessMs: 2_000,
  clock: () => new FakeClock(),
  cache: (clock, client) => {
    const shared = { store: client, channel: client };
    const ports = { clock, recorder: silentRecorder, reporter: silentReporter, shared };
    const engine = new Engine(ports, { ...options, maxTags: 10 });
    const cache = new CacheService(engine);
    engine.open();
    return {
      get: (load) => cache.getOrSet(seeds, [], load),
      evict: () => cache.evict(seeds, [[]]),
      invalidate: () => cache.invalidateTags('birds'),
    };
  },
};

/** What the reads of one run came to. */
interface Reads {
  waiting: number;
  readonly tooOld: string[];
}

/** One thing that happens in one process, or to it. */
interface Step {
  readonly what: string;
  happen(process: WorldProcess<FakeClock>, world: World<FakeClock>, reads: Reads): unknown;
}

const read = (loadMs: number): Step => ({
  what: `read, a load takes ${loadMs} ms`,
  happen: (process, world, reads) => {
    const floor = world.floor(process);
    reads.waiting++;
    void process.get(loadMs).then((row) => {
      reads.waiting--;
      if (row < floor) reads.tooOld.push(`row ${row} where row ${floor} was promised`);
    });
  },
});

const write = (how: 'evict' | 'invalidate'): Step => ({
  what: `write and ${how}`,
  happen: (process) => void process.write(how),
});

const pass = (ms: number): Step => ({ what: `${ms} ms pass`, happen: (_, world) => world.pass(ms) });

const WAYS = ['commands', 'answers', 'messages', 'messages', 'messages'] as const;
const network = WAYS.flatMap((way): Step[] => [
  { what: `${way} are held back`, happen: ({ client }) => client.hold(way) },
  { what: `one of the ${way} arrives`, happen: ({ client }) => client.resumeOne(way) },
  { what: `the ${way} arrive`, happen: ({ client }) => client.resume(way) },
]);

const faults: Step[] = [
  { what: 'a command is overtaken', happen: ({ client }) => client.delayOne() },
  { what: 'the channel breaks', happen: ({ client }) => client.breakChannel() },
  { what: 'the channel opens', happen: ({ client }) => client.openChannel() },
  { what: 'Redis goes away', happen: ({ client }) => client.leave() },
  { what: 'Redis comes back', happen: ({ client }) => client.return() },
  { what: 'the process is stopped', happen: (process) => process.stop() },
  { what: 'the process goes on', happen: (process) => (process.stopped = false) },
];

const anything = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(read(0), read(0), read(150), read(3_000)) },
  { weight: 5, arbitrary: fc.constantFrom(write('evict'), write('invalidate')) },
  { weight: 5, arbitrary: fc.constantFrom(pass(1), pass(100), pass(700), pass(2_500), pass(2_500)) },
  { weight: 5, arbitrary: fc.constantFrom(...network) },
  { weight: 3, arbitrary: fc.constantFrom(...faults) },
);
const story = fc.array(fc.record({ who: fc.nat(1), step: anything }), {
  minLength: 5,
  maxLength: 100,
  size: 'max',
});

/** A process that is stopped does nothing; time passes, and it may go on. */
const can = (process: WorldProcess<FakeClock>, { what }: Step) =>
  !process.stopped || what.endsWith('pass') || what === 'the process goes on';

test('every read is answered, and with no row that is older than promised, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const world = new World(parts);
      const processes = [await world.start(), await world.start()];
      const reads: Reads = { waiting: 0, tooOld: [] };
      for (const { who, step } of steps) {
        const process = processes[who];
        if (process === undefined || !can(process, step)) continue;
        await step.happen(process, world, reads);
        await process.clock.advance(0);
      }
      for (const process of processes) {
        process.stopped = false;
        process.client.resume('commands', 'answers', 'messages');
      }
      await world.pass(8_000);
      expect(reads).toEqual({ waiting: 0, tooOld: [] });
    }),
    { numRuns: Number(process.env.NUTHATCH_STALENESS_RUNS ?? 200) },
  );
});
