import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import { channelContract } from '../testing/contracts/channel.js';
import type { RedisTarget } from './connection.js';
import type { PartitionParts, RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const quiet = () => undefined;
const parts: PartitionParts = {
  clock: systemClock,
  naming: { prefix: 'app', version: '2', alsoEvict: ['1'] },
  maxInFlight: 10_000,
  readTimeoutMs: 5_000,
  maxEntryBytes: 1_000_000,
  topologyEveryMs: 100,
  resume: async () => 'resume',
  events: { onNewEpoch: quiet, onReady: quiet, onLost: quiet, onFailure: quiet, onBreaker: quiet },
};

const places = [
  {
    name: 'one server',
    start: async () => {
      const server = await RedisServer.start();
      return { target: { url: server.url } as RedisTarget, stop: () => server.stop() };
    },
  },
  {
    name: 'a Cluster of three masters',
    start: async () => {
      const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
      return { target: { cluster: cluster.nodes } as RedisTarget, stop: () => cluster.stop() };
    },
  },
];

describe.each(places)('the channel on $name', ({ start }) => {
  let place: Awaited<ReturnType<typeof start>>;
  const joined: RedisPartition[] = [];

  beforeAll(async () => {
    place = await start();
  });

  afterAll(() => place.stop());

  channelContract('keeps the promises of a channel', {
    create: () => ({
      join: async () => {
        const partition = openPartition(place.target, parts);
        joined.push(partition);
        partition.open();
        await eventually(() => partition.status().connected);
        return partition;
      },
    }),
    dispose: async () => {
      await Promise.all(joined.splice(0).map((partition) => partition.close()));
    },
  });
});
