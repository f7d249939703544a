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
const { engine: options } = resolveOptions({ maxStaleness: '2s', memory: { maxItems: 10 } });

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
      const world = new World(parts);
      const processes = [await world.start(), await world.start()];
      const late: string[] = [];
      const run = async (process: WorldProcess<FakeClock>, [act, , how]: (typeof steps)[number]) => {
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
      for (const one of steps) await run(processes[one[1]] as WorldProcess<FakeClock>, one);
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
