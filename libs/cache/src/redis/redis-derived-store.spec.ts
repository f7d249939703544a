import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { derivedStoreContract } from '../testing/contracts/derived-store.js';
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
])('counters and rankings on $name', ({ start }) => {
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

  derivedStoreContract('keep the promises of the port', {
    create: () => ({ store: partition.derived }),
    damage: async ({ key }) => {
      await partition.client.set(NAMES.derivedKeys(key)[0] ?? '', 'no structure');
    },
  });

  test('a number that is none makes nothing of the whole', async () => {
    const structure = {
      key: 'flock:bad',
      kind: 'counters',
      ttlMs: 60_000,
      maxMembers: 10,
      meaning: '',
    } as const;
    const request = {
      token: 'token of 16 bytes',
      ms: 1_000,
      patienceMs: 0,
      maxWriteMs: 1_000,
      overtakenMs: 1_000,
    };
    const right = await partition.derived.recount(structure, request);
    const epoch = right.kind === 'granted' ? right.epoch : '';
    await partition.derived.fill(structure, { token: request.token, epoch }, new Map([['a', 1]]));
    await partition.client.hset(NAMES.derivedKeys(structure.key)[0] ?? '', 'na', 'many');
    expect(await partition.derived.read(structure)).toBeUndefined();
    expect(await partition.client.exists(NAMES.derivedKeys(structure.key)[0] ?? '')).toBe(0);
  });

  test('every key has an end, and who changes the database is known for longer than what is changed', async () => {
    const { derived, client } = partition;
    const structure = {
      key: 'flock:ends',
      kind: 'ranking',
      ttlMs: 50_000,
      maxMembers: 10,
      meaning: '',
    } as const;
    const token = 'token of 16 bytes';
    const [d = '', dw = '', dl = ''] = NAMES.derivedKeys(structure.key);
    const right = await derived.recount(structure, {
      token,
      ms: 9_000,
      patienceMs: 0,
      maxWriteMs: 1_000,
      overtakenMs: 1_000,
    });
    expect(await client.pttl(dl)).toBeGreaterThan(0);
    const epoch = right.kind === 'granted' ? right.epoch : '';
    await derived.fill(structure, { token, epoch }, new Map([['a', 1]]));
    await derived.begin(
      structure,
      { token, subject: 's' },
      { maxWriteMs: 20_000, waits: false, overtakenMs: 1_000 },
    );
    await derived.read(structure);
    expect(await client.pttl(d)).toBeGreaterThan(0);
    expect(await client.pttl(dw)).toBeGreaterThanOrEqual((await client.pttl(d)) + 20_000);
  });
});

test('a full server refuses what is counted, and no removal', async () => {
  const server = await RedisServer.start();
  const partition = await openedPartition({ url: server.url });
  const { derived } = partition;
  const structure = {
    key: 'flock:full',
    kind: 'counters',
    ttlMs: 60_000,
    maxMembers: 10,
    meaning: '',
  } as const;
  const token = 'token of 16 bytes';
  const changer = { token, subject: 's' };
  const request = { token, ms: 9_000, patienceMs: 0, maxWriteMs: 60_000, overtakenMs: 1_000 };
  const right = await derived.recount(structure, request);
  const epoch = right.kind === 'granted' ? right.epoch : '';
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  await expect(derived.fill(structure, { token, epoch }, new Map())).rejects.toMatchObject({
    code: 'REDIS_REFUSED',
  });
  expect(
    await derived.begin(structure, changer, { maxWriteMs: 60_000, waits: false, overtakenMs: 1_000 }),
  ).toBe(true);
  expect(await derived.commit(structure, changer, new Map([['a', 1]]))).toBe(false);
  await derived.drop(structure.key);
  await partition.close();
  await server.stop();
});
