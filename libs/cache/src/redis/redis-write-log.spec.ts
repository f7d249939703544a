import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { writeLogContract } from '../testing/contracts/write-log.js';
import { NAMES, openedPartition } from './partition.fixture.js';
import type { RedisPartition } from './redis-partition.js';

jest.setTimeout(60_000);

describe.each([
  {
    name: 'one server',
    start: async () => {
      const server = await RedisServer.start();
      return { target: { url: server.url }, stop: () => server.stop() };
    },
  },
  {
    name: 'a Cluster of three masters',
    start: async () => {
      const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
      return { target: { cluster: cluster.nodes }, stop: () => cluster.stop() };
    },
  },
])('logs of writes on $name', ({ start }) => {
  let place: Awaited<ReturnType<typeof start>>;
  let partition: RedisPartition;

  beforeAll(async () => {
    place = await start();
    partition = await openedPartition(place.target);
  });

  afterAll(async () => {
    await partition.close();
    await place.stop();
  });

  writeLogContract('keep the promises of the port', {
    create: () => ({ log: partition.log }),
    damage: async ({ region, partition: number }) => {
      for (const key of NAMES.logKeys(`${region}/${number}`)) {
        await partition.client.del(key);
        await partition.client.lpush(key, 'no log');
      }
    },
  });

  test('what somebody else has written into one comes out unreadable, and can be buried', async () => {
    const log = { region: 'flock.foreign', partition: 0 };
    const [stream = ''] = NAMES.logKeys('flock.foreign/0');
    await partition.client.xadd(stream, '*', 'hello', 'world');
    const grip = (await partition.log.claim(log, 'finch', 5_000)) ?? fail();
    const [entry] = (await partition.log.take(log, grip, 10)) ?? [];
    expect(entry).toMatchObject({ key: '', version: 0, replayed: false });
    expect(entry?.value).toHaveLength(0);
    expect(await partition.log.bury(log, grip, entry ?? fail(), 'unreadable')).toBe(true);
    expect(await partition.log.figures(log)).toMatchObject({ depth: 0, deadLetters: 1 });
  });

  test('versions rise on when all but the stream was lost', async () => {
    const log = { region: 'flock.lost', partition: 0 };
    const write = { id: 'i', key: 'k', args: Buffer.from('a'), value: Buffer.from('v'), marks: true };
    const terms = { maxDepth: 10, deadline: Number.MAX_SAFE_INTEGER };
    const floor = Date.now() * 1_000 + 3_600_000_000;
    const first = await partition.log.append(log, write, { ...terms, floor });
    const [, ...others] = NAMES.logKeys('flock.lost/0');
    for (const key of others) await partition.client.del(key);
    const second = await partition.log.append(log, write, { ...terms, floor: 0 });
    expect([first, second]).toEqual([
      { kind: 'appended', version: floor + 1 },
      { kind: 'appended', version: floor + 2 },
    ]);
  });
});

function fail(): never {
  throw new Error('there is nothing');
}

describe('logs of writes on a server', () => {
  const write = { id: 'i', key: 'k', args: Buffer.from('a'), value: Buffer.alloc(1_000, 1), marks: true };
  const terms = { maxDepth: 100_000, floor: 0, deadline: Number.MAX_SAFE_INTEGER };
  const log = { region: 'flock.server', partition: 0 };

  test('are emptied by new owners also when it is full, and take writes again then', async () => {
    const server = await RedisServer.start();
    const partition = await openedPartition({ url: server.url });
    const { client } = partition;
    try {
      for (let i = 0; i < 200; i++) await partition.log.append(log, write, terms);
      await client.call('CONFIG', 'SET', 'maxmemory', '1');
      await expect(partition.log.append(log, write, terms)).rejects.toMatchObject({ code: 'REDIS_REFUSED' });
      const grip = (await partition.log.claim(log, 'finch', 5_000)) ?? fail();
      const entries = (await partition.log.take(log, grip, 1_000)) ?? [];
      expect(entries).toHaveLength(200);
      const [first, ...others] = entries;
      expect(await partition.log.bury(log, grip, first ?? fail(), 'bad')).toBe(true);
      expect(await partition.log.settle(log, grip, others)).toBe(true);
      expect(await partition.log.attend(log.region, 'finch', 1_000)).toEqual(['finch']);
      await client.call('CONFIG', 'SET', 'maxmemory', '0');
      expect(await partition.log.append(log, write, terms)).toMatchObject({ kind: 'appended' });
    } finally {
      await partition.close();
      await server.stop();
    }
  });

  test('are known again after SCRIPT FLUSH', async () => {
    const server = await RedisServer.start();
    const partition = await openedPartition({ url: server.url });
    try {
      await partition.log.append(log, write, terms);
      await partition.client.call('SCRIPT', 'FLUSH');
      expect(await partition.log.append(log, write, terms)).toMatchObject({ kind: 'appended' });
      expect(await partition.log.figures(log)).toMatchObject({ depth: 2 });
    } finally {
      await partition.close();
      await server.stop();
    }
  });
});
