import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { SweepOrder } from '../contracts/maintenance.js';
import type { RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(30_000);

const quiet = () => undefined;
let server: RedisServer;
let ours: RedisPartition;
let next: RedisPartition;

function partitionOf(version: string): RedisPartition {
  return openPartition(
    { url: server.url },
    {
      clock: systemClock,
      naming: { prefix: 'app', version, alsoEvict: [] },
      maxInFlight: 10_000,
      readTimeoutMs: 5_000,
      maxEntryBytes: 1_000_000,
      topologyEveryMs: 100,
      resume: async () => 'resume',
      events: { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet },
    },
  );
}

beforeAll(async () => {
  server = await RedisServer.start();
  [ours, next] = [partitionOf('1'), partitionOf('2')];
  for (const partition of [ours, next]) partition.open();
  await eventually(() => ours.status().connected && next.status().connected);
});

afterAll(async () => {
  await Promise.all([ours.close(), next.close()]);
  await server.stop();
});

async function order(extra: Partial<SweepOrder> = {}): Promise<SweepOrder> {
  await server.command('FLUSHALL');
  const keys = Array.from({ length: 3_000 }, (_, n) => [`app:2:v:{birds:n${n}}`, 'x']).flat();
  await server.command('MSET', ...keys);
  return { everyMs: 60_000, force: false, isCancelled: () => false, pause: async () => undefined, ...extra };
}

test('A version that comes up during a round keeps what is left then', async () => {
  let pauses = 0;
  const pause = async () => {
    if (++pauses === 2) await next.maintenance.announce(60_000);
  };
  const { versions, orphans } = await ours.maintenance.sweep(await order({ pause }));
  expect(pauses).toBeGreaterThan(4);
  expect(versions['2']).toBeGreaterThan(500);
  expect(versions['2']).toBeLessThan(2_000);
  // those without an end go all the same
  expect(orphans.value).toBe(3_000 - (versions['2'] ?? 0));
});

test('A round is made once in its interval, by whoever is first, or when it is asked for', async () => {
  const regular = await order();
  expect(await ours.maintenance.sweep(regular)).toMatchObject({ passedOver: 0, versions: { 2: 3_000 } });
  expect(await next.maintenance.sweep(regular)).toMatchObject({ passedOver: 1, scanned: 0 });
  expect(await next.maintenance.sweep({ ...regular, force: true })).toMatchObject({ passedOver: 0 });
});

test('A round ends where it is when it is cancelled', async () => {
  let pauses = 0;
  const isCancelled = () => pauses === 2;
  const pause = async () => void pauses++;
  const report = await ours.maintenance.sweep(await order({ pause, isCancelled }));
  expect(report).toMatchObject({ cancelled: true });
  expect(report.entries).toBeLessThan(2_000);
  expect(pauses).toBe(2);
});

test('Where nobody can tell whether a version runs its entries stay', async () => {
  const sweeping = await order();
  await server.command('ACL', 'SETUSER', 'default', '-exists');
  const { versions, orphans } = await ours.maintenance.sweep(sweeping);
  await server.command('ACL', 'SETUSER', 'default', '+@all');
  expect([versions, orphans.value]).toEqual([{}, 3_000]);
});
