import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { ChannelListener } from '../contracts/channel.js';
import { systemClock } from '../contracts/clock.js';
import { maintenanceContract } from '../testing/contracts/maintenance.js';
import { Companions } from './companions.js';
import type { RedisTarget } from './connection.js';
import type { PartitionParts, RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const quiet = () => undefined;
const naming = { prefix: 'app', version: '2', alsoEvict: ['1'] };
const parts: PartitionParts = {
  clock: systemClock,
  naming,
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

describe.each(places)('maintenance on $name', ({ start }) => {
  let place: Awaited<ReturnType<typeof start>>;
  let partition: RedisPartition;
  const heard: string[] = [];
  let opened = 0;

  beforeAll(async () => {
    place = await start();
    partition = openPartition(place.target, parts);
    partition.open();
    const listener: ChannelListener = {
      onKeys: quiet,
      onStale: quiet,
      onTags: (tags) => heard.push(...tags),
      onGap: quiet,
      onBeat: quiet,
      onOpen: () => opened++,
      onTopology: quiet,
    };
    partition.channel.open(listener);
    await eventually(() => partition.status().connected && opened >= partition.channel.nodes().length);
  });

  afterAll(async () => {
    await partition.channel.close();
    await partition.close();
    await place.stop();
  });

  maintenanceContract('keeps the promises of maintenance', {
    create: () => ({ store: partition.store, maintenance: partition.maintenance, heard: () => heard }),
  });

  test('fails where nobody answers, and leaves no connection behind', async () => {
    const nowhere = openPartition(
      'cluster' in place.target ? { cluster: [{ host: '127.0.0.1', port: 1 }] } : { port: 1 },
      parts,
    );
    await expect(nowhere.maintenance.look('birds', async () => true)).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    await nowhere.close();
  });
});

test.each<[string, ReturnType<Companions['of']>]>([
  ['app:2:v:{birds:s1:a}', { kind: 'value', key: 'birds:s1:a' }],
  ['app:1:l:{birds:s1:a}', { kind: 'lease', key: 'birds:s1:a' }],
  ['app:w:{birds:s1:a}', { kind: 'writers', key: 'birds:s1:a' }],
  ['app:t:{birds:s1:a}', { kind: 'nonce', key: 'birds:s1:a' }],
  ['app:3:v:{birds:s1:a}', undefined],
  ['app:v:{birds:s1:a}', undefined],
  ['app:2:w:{birds:s1:a}', undefined],
  ['app:2:v:{birds:s1:a}x', undefined],
  ['app:t:{7}#birds:s1:a', undefined],
  ['app:tc', undefined],
  ['other:2:v:{birds:s1:a}', undefined],
  ['app:2:d:{birds:s1:a}', undefined],
])('%s is recognised by its name', (name, companion) => {
  expect(new Companions(naming).of(name)).toEqual(companion);
});
