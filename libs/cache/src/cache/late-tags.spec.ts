import { describe, expect, test } from '@jest/globals';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { EventLog } from '../../../../test/support/fleet.js';
import { resolveOptions } from '../cache.options.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[], number>('seeds', { ttl: '1h', resultTags: () => ['birds'] });
const LEASE_WAIT_MS = 100;

/** One row, and a loader that has read it and waits to be let go. */
const setUp = async () => {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const client = new FakeClient(server);
  const log = new EventLog();
  const { engine: options } = resolveOptions({ leaseWait: LEASE_WAIT_MS });
  const shared = { store: client, channel: client };
  const engine = new Engine({ clock, recorder: log, reporter: silentReporter, shared }, options);
  const cache = new CacheService(engine);
  engine.open();
  await clock.advance(0);
  const row = { value: 1 };
  const loads: (() => void)[] = [];
  const slowly = () =>
    cache.getOrSet(seeds, [], async () => {
      const { value } = row;
      await new Promise<void>((resolve) => loads.push(resolve));
      return value;
    });
  const quickly = () => cache.getOrSet(seeds, [], () => row.value);
  const unstored = () => log.of('unstored').map(({ why }) => why);
  /** What goes on after an answer has come to its end. */
  const settled = async () => {
    await engine.flights.settled();
    await clock.advance(0);
  };
  return { clock, server, cache, row, loads, slowly, quickly, unstored, settled };
};

describe('a load whose tags only its result will tell', () => {
  test('is joined by those who come while it runs', async () => {
    const { clock, loads, slowly } = await setUp();
    const both = [slowly(), slowly()];
    await clock.advance(0);
    expect(loads).toHaveLength(1);
    loads[0]?.();
    expect(await Promise.all(both)).toEqual([1, 1]);
  });

  test.each([
    { how: 'under its lease', hold: false },
    { how: 'without one, because another process has it for too long', hold: true },
  ])(
    '$how, is joined by nobody after any tag was invalidated, for it may be one of its own',
    async ({ hold }) => {
      const { clock, server, cache, row, loads, slowly, quickly } = await setUp();
      if (hold) server.leases.set('seeds:', 'another');
      const first = slowly();
      for (let ms = 0; ms <= 2 * LEASE_WAIT_MS; ms += 10) await clock.advance(10);
      expect(loads).toHaveLength(1);
      server.leases.delete('seeds:');
      row.value = 2;
      expect(await cache.invalidateTags('birds')).toBe('confirmed');
      expect(await quickly()).toBe(2);
      loads[0]?.();
      expect(await first).toBe(1);
      await clock.advance(0);
      expect(await quickly()).toBe(2);
    },
  );

  test('is not stored when its tag was invalidated while it ran, and is when another was', async () => {
    const { clock, cache, row, loads, slowly, quickly, unstored, settled } = await setUp();
    await quickly();
    await settled();
    await cache.invalidateTags('birds');
    const first = slowly();
    await clock.advance(0);
    row.value = 2;
    await cache.invalidateTags('birds');
    loads[0]?.();
    await first;
    await settled();
    expect(unstored()).toEqual(['untimely']);
    expect(await quickly()).toBe(2);
    await settled();

    await cache.invalidateTags('seeds');
    await cache.evict(seeds, [[]]);
    const second = slowly();
    await clock.advance(0);
    await cache.invalidateTags('seeds');
    loads[1]?.();
    await second;
    await settled();
    expect(unstored()).toEqual(['untimely']);
  });
});
