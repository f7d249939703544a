import { eventually } from '../../../../test/support/fleet.js';
import { systemClock } from '../contracts/clock.js';
import type { RedisTarget } from './connection.js';
import { KeyNames } from './key-names.js';
import type { PartitionParts, RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

const quiet = () => undefined;

/** What the specs of what lies on Redis open partitions with. */
export const PARTS: PartitionParts = {
  clock: systemClock,
  naming: { prefix: 'app', version: '2', alsoEvict: [] },
  maxInFlight: 10_000,
  readTimeoutMs: 5_000,
  maxEntryBytes: 1_000,
  topologyEveryMs: 1_000,
  resume: () => Promise.resolve('resume'),
  events: { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet },
};
export const NAMES = new KeyNames(PARTS.naming);

/** A partition that is connected to all of its servers. */
export async function openedPartition(target: RedisTarget): Promise<RedisPartition> {
  const partition = openPartition(target, PARTS);
  partition.open();
  await eventually(() => partition.status().connected);
  return partition;
}
