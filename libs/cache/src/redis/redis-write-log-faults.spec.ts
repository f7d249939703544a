import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../../../test/support/fleet.js';
import { RedisCluster } from '../../../../test/support/redis-cluster.js';
import type { RedisServerOptions } from '../../../../test/support/redis-server.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { WriteLog } from '../contracts/write-log.js';
import type { RedisTarget } from './connection.js';
import { NAMES, openedPartition, PARTS } from './partition.fixture.js';
import type { RedisPartition } from './redis-partition.js';
import { openPartition } from './redis-partition.js';

jest.setTimeout(60_000);

const place = { region: 'flock-1_a.b', partition: 3 };
const [STREAM = '', , INFO = ''] = NAMES.logKeys('flock-1_a.b/3');
const TERMS = { maxDepth: 10_000, floor: 0, deadline: Number.MAX_SAFE_INTEGER };
const ON_DISK = ['--appendonly', 'yes', '--appendfsync', 'always'];
const LONG = 60_000;

let closers: (() => Promise<void>)[] = [];

beforeEach(() => {
  closers = [];
});

afterEach(async () => {
  for (const close of closers.reverse()) await close();
});

async function started(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  closers.push(() => server.stop());
  return server;
}

async function opened(target: RedisTarget): Promise<RedisPartition> {
  const partition = await openedPartition(target);
  closers.push(() => partition.close());
  return partition;
}

async function append(log: WriteLog, key: string, floor = 0): Promise<number> {
  const write = {
    id: `id of ${key}`,
    key,
    args: Buffer.from([0, 255]),
    value: Buffer.from(key),
    marks: true,
  };
  const reply = await log.append(place, write, { ...TERMS, floor });
  return reply.kind === 'appended' ? reply.version : fail();
}

const grip = async (log: WriteLog, owner = 'finch') => (await log.claim(place, owner, LONG)) ?? fail();

function fail(): never {
  throw new Error('there is nothing');
}

describe('a log of writes', () => {
  test('is all there after a server that wrote it to disk was killed, and its versions rise on', async () => {
    const server = await started({ args: ON_DISK });
    const { log, ...partition } = await opened({ url: server.url });
    const ahead = Date.now() * 1_000 + 3_600_000_000;
    await log.partitions(place.region, 7);
    for (const key of ['bad', 'a', 'b']) await append(log, key, ahead);
    const before = await grip(log);
    const [bad = fail()] = (await log.take(place, before, 1)) ?? [];
    await log.bury(place, before, bad, 'reason');
    const issued = await log.issue(place, ahead + 1_000);
    await server.kill();
    await server.restart();
    await eventually(() => log.reachable(place) && partition.status().connected);
    expect(await log.figures(place)).toMatchObject({ depth: 2, deadLetters: 1 });
    expect((await log.unsettled(place, 'a'))?.value.toString()).toBe('a');
    expect(await log.partitions(place.region, 3)).toBe(7);
    expect((await log.take(place, before, 10))?.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await append(log, 'a')).toBe(issued + 1);
    await log.release(place, before);
    expect((await grip(log, 'wren')).fence).toBeGreaterThan(before.fence);
  });

  test('gives a higher fence also where the last one was lost', async () => {
    const server = await started();
    const { log } = await opened({ url: server.url });
    const before = await grip(log);
    await server.command('DEL', INFO);
    expect(await log.renew(place, before, LONG)).toBe(false);
    expect(await log.settle(place, before, [])).toBe(false);
    expect((await grip(log)).fence).toBeGreaterThan(before.fence);
  });

  test('is not read from a server that takes no writes', async () => {
    const [server, master] = [await started(), await started()];
    const { log } = await opened({ url: server.url });
    await append(log, 'a');
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await expect(log.unsettled(place, 'a')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await server.command('REPLICAOF', '127.0.0.1', String(master.port));
    await expect(log.unsettled(place, 'b')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  test('is left alone by sweeps, and is no entry of its region', async () => {
    const server = await started();
    const { log, maintenance } = await opened({ url: server.url });
    await log.partitions(place.region, 7);
    await log.attend(place.region, 'finch', LONG);
    for (const key of ['bad', 'a']) await append(log, key);
    const own = await grip(log);
    const [bad = fail()] = (await log.take(place, own, 1)) ?? [];
    await log.bury(place, own, bad, 'reason');
    const kept = (await server.command('KEYS', 'app:l?:*')).split('\n').sort();
    expect(kept).toEqual([...NAMES.logKeys('flock-1_a.b/3'), ...NAMES.regionLogKeys(place.region)].sort());
    const orphan = 'app:2:v:{flock-1_a.b:s1:a}';
    await server.command('SET', orphan, 'without an end');
    const order = { everyMs: 1, force: true, isCancelled: () => false, pause: async () => undefined };
    const seen: string[] = [];
    await maintenance.look(place.region, async (some) => seen.push(...some.map(({ key }) => key)) > 0);
    expect(new Set(seen)).toEqual(new Set(['flock-1_a.b:s1:a']));
    expect(await maintenance.sweep(order)).toMatchObject({ unknown: 0, failed: 0, passedOver: 0 });
    expect(await server.command('EXISTS', orphan)).toBe('0');
    expect(await server.command('EXISTS', ...kept)).toBe('7');
  });

  test('lies in one slot, and is not touched while that is on the move', async () => {
    const cluster = await RedisCluster.start({ masters: 3, replicasEach: 0 });
    closers.push(() => cluster.stop());
    const { log } = await opened({ cluster: cluster.nodes });
    const ahead = Date.now() * 1_000 + 3_600_000_000;
    const before = await append(log, 'a', ahead);
    const own = await grip(log);
    const slot = cluster.slotOf(STREAM);
    const owner = await cluster.serverOf(slot);
    const other = (await cluster.masters()).find(({ port }) => port !== owner.port)?.port ?? fail();
    for (const moved of [[], [STREAM]]) {
      await cluster.moveSlot(slot, other, { pauseAfter: 'importing', moved });
      const away = { code: 'REDIS_UNAVAILABLE' };
      await expect(append(log, 'b')).rejects.toMatchObject(away);
      await expect(log.unsettled(place, 'a')).rejects.toMatchObject(away);
      await expect(log.take(place, own, 10)).rejects.toMatchObject(away);
      if (moved.length > 0) break;
    }
    await cluster.finishMove(slot);
    expect((await log.take(place, own, 10))?.map(({ key }) => key)).toEqual(['a']);
    expect((await log.unsettled(place, 'a'))?.version).toBe(before);
    expect(await append(log, 'b')).toBe(before + 1);
  });
});

describe('what is appended', () => {
  test('is replicated when a replica says so, and is appended once', async () => {
    const server = await started({ args: ['--repl-diskless-sync-delay', '0'] });
    const { log } = await opened({ url: server.url });
    await append(log, 'a');
    expect(await log.secured(place, 'replicated', 50)).toBe(false);
    const replica = await started();
    await replica.command('REPLICAOF', '127.0.0.1', String(server.port));
    await eventually(async () => (await server.command('INFO', 'replication')).includes('state=online'));
    expect(await log.secured(place, 'replicated', 10_000)).toBe(true);
    expect(await replica.command('XLEN', STREAM)).toBe('1');
    replica.freeze();
    expect(await log.secured(place, 'replicated', 50)).toBe(false);
    replica.thaw();
    expect(await log.figures(place)).toMatchObject({ depth: 1 });
  });

  test.each([
    { args: ON_DISK, always: true },
    { args: ['--appendonly', 'yes', '--appendfsync', 'everysec'], always: false },
    { args: ['--appendonly', 'no', '--appendfsync', 'always'], always: false },
  ])('is on the disk where the server says so: $args', async ({ args, always }) => {
    const server = await started({ args });
    const { log } = await opened({ url: server.url });
    expect(await log.secured(place, 'fsync', 1_000)).toBe(always);
    expect(await log.durability(place)).toMatchObject({ evictionPolicy: 'noeviction', fsyncsAlways: always });
  });

  test.each([
    { rights: ['-config'], evictionPolicy: 'volatile-lru' },
    { rights: ['-config', '-info'], evictionPolicy: undefined },
  ])('is as safe as nobody knows where asking is forbidden: $rights', async ({ rights, evictionPolicy }) => {
    const server = await started({ args: [...ON_DISK, '--maxmemory-policy', 'volatile-lru'] });
    await server.command('ACL', 'SETUSER', 'bird', 'on', '>nest', '~*', '&*', '+@all', ...rights);
    const { log } = await opened({ url: server.url, username: 'bird', password: 'nest' });
    expect(await log.durability(place)).toMatchObject({ evictionPolicy, fsyncsAlways: undefined });
    expect(await log.secured(place, 'fsync', 1_000)).toBe(false);
  });

  test('is not known of a server that nobody knows', async () => {
    const partition = openPartition({ cluster: [{ host: '127.0.0.1', port: 1 }] }, PARTS);
    await expect(partition.log.durability(place)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect(partition.log.reachable(place)).toBe(false);
    await partition.close();
  });
});
