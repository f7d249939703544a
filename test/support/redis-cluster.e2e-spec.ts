import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { isAlive } from './alive.js';
import { RedisCluster } from './redis-cluster.js';
import type { RedisServer } from './redis-server.js';
import { untilAnswered } from './resp.js';

let cluster: RedisCluster;
let client: Cluster;

beforeAll(async () => {
  cluster = await RedisCluster.start();
  client = new Cluster(cluster.nodes, { clusterRetryStrategy: () => 50 });
  client.on('error', () => undefined);
});

afterAll(async () => {
  client.disconnect();
  await cluster.stop();
});

/** Two masters: that of a key, and another one. */
async function mastersAround(key: string): Promise<{ owner: RedisServer; other: RedisServer }> {
  const owner = await cluster.serverOf(key);
  const other = (await cluster.masters()).find(({ port }) => port !== owner.port);
  return { owner, other: cluster.serverAt(other?.port ?? 0) };
}

/** The reply, or the message of the error, as the node of a port answers it. */
async function replyOf(server: RedisServer, ...args: string[]): Promise<string> {
  return cluster.command(server.port, ...args).catch((error: Error) => error.message);
}

const namesIn = (tag: string, count: number) => Array.from({ length: count }, (_, n) => `{${tag}}:${n}`);
const fill = (keys: string[]) => Promise.all(keys.map((key) => client.set(key, `value of ${key}`)));
const read = (keys: string[]) => Promise.all(keys.map((key) => client.get(key)));
const valuesOf = (keys: string[]) => keys.map((key) => `value of ${key}`);

describe('a RedisCluster', () => {
  test('has all slots at its masters, each with a replica', async () => {
    const masters = await cluster.masters();
    const ranges = masters.flatMap(({ slots }) => slots).sort((one, other) => one.from - other.from);
    expect(ranges.map(({ from, to }) => [from, to])).toEqual([
      [0, 5_460],
      [5_461, 10_921],
      [10_922, 16_383],
    ]);
    expect(masters.map(({ port }) => port).sort()).toEqual(cluster.nodes.map(({ port }) => port).sort());
    const followed = (await cluster.replicas()).map(({ masterId }) => masterId);
    expect(followed.sort()).toEqual(masters.map(({ id }) => id).sort());
  });

  test('stores the keys of a client at the masters of their slots', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `bird:${n}`);
    await fill(keys);
    expect(await read(keys)).toEqual(valuesOf(keys));
    const owners = new Set<RedisServer>();
    for (const key of keys) {
      const owner = await cluster.serverOf(key);
      owners.add(owner);
      expect(await cluster.serverOf(cluster.slotOf(key))).toBe(owner);
      expect(await replyOf(owner, 'CLUSTER', 'KEYSLOT', key)).toBe(String(cluster.slotOf(key)));
      expect(await replyOf(owner, 'GET', key)).toBe(`value of ${key}`);
    }
    expect(owners.size).toBe(3);
  });

  test('moves a slot while its keys stay readable', async () => {
    const keys = namesIn('moved', 250);
    await fill(keys);
    const slot = cluster.slotOf('{moved}');
    const { owner, other } = await mastersAround('{moved}');
    let moving = true;
    let rounds = 0;
    const reader = (async () => {
      for (; moving; rounds += 1) expect(await read(keys)).toEqual(valuesOf(keys));
    })();
    await cluster.moveSlot(slot, other.port).finally(() => (moving = false));
    await reader;
    expect(rounds).toBeGreaterThan(0);
    expect(await cluster.serverOf(slot)).toBe(other);
    expect(await replyOf(other, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe('250');
    expect(await replyOf(owner, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe('0');
    expect(await replyOf(owner, 'GET', '{moved}:0')).toMatch(/^MOVED/);
    expect(await read(keys)).toEqual(valuesOf(keys));
  });

  test('stops half way through a move, and answers TRYAGAIN and ASK until it is finished', async () => {
    const [here = '', gone = '', third = '', never = ''] = namesIn('half', 4);
    await fill([here, gone, third]);
    const slot = cluster.slotOf(here);
    const { owner, other } = await mastersAround(here);
    const script = ['EVAL', "return redis.call('EXISTS', KEYS[1], KEYS[2])", '2'];
    await cluster.moveSlot(slot, other.port, { pauseAfter: 'importing', moved: [gone] });
    expect(await cluster.serverOf(slot)).toBe(owner);
    expect(await replyOf(owner, ...script, here, third)).toBe('2');
    expect(await replyOf(owner, ...script, here, gone)).toMatch(/^TRYAGAIN/);
    expect(await replyOf(owner, ...script, gone, never)).toBe(`ASK ${slot} 127.0.0.1:${other.port}`);
    expect(await replyOf(owner, 'GET', here)).toBe(`value of ${here}`);
    expect(await replyOf(other, 'GET', gone)).toMatch(/^MOVED/);
    expect(await read([here, gone])).toEqual(valuesOf([here, gone]));
    await cluster.finishMove(slot);
    expect(await cluster.serverOf(slot)).toBe(other);
    expect(await replyOf(other, ...script, here, gone)).toBe('2');
    await expect(cluster.finishMove(slot)).rejects.toThrow(/is not being moved/);
  });

  test('moves half of the keys when none are named', async () => {
    const keys = namesIn('part', 5);
    await fill(keys);
    const slot = cluster.slotOf('{part}');
    const { owner, other } = await mastersAround('{part}');
    await cluster.moveSlot(slot, other.port, { pauseAfter: 'importing' });
    expect(await replyOf(other, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe('3');
    expect(await replyOf(owner, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe('2');
    await cluster.finishMove(slot);
    expect(await read(keys)).toEqual(valuesOf(keys));
  });

  test('puts a replica in the place of its master, in order', async () => {
    await fill(['{calm}']);
    const old = await cluster.serverOf('{calm}');
    const promoted = await cluster.failover(old.port, 'graceful');
    expect(promoted).not.toBe(old);
    expect(await cluster.serverOf('{calm}')).toBe(promoted);
    expect((await cluster.replicas()).map(({ port }) => port)).toContain(old.port);
    expect(await read(['{calm}'])).toEqual(valuesOf(['{calm}']));
  });

  test('replaces a master that crashed, and takes it back as a replica', async () => {
    const old = await cluster.serverOf('{crash}');
    const before = (await cluster.masters()).find(({ port }) => port === old.port)?.slots;
    const promoted = await cluster.failover(old.port, 'kill');
    expect(old.pid).toBeUndefined();
    const masters = await cluster.masters();
    expect(masters.map(({ port }) => port)).not.toContain(old.port);
    expect(masters.find(({ port }) => port === promoted.port)?.slots).toEqual(before);
    await untilAnswered(() => client.set('{crash}', 'new'), 'the client finds the new master');
    await old.restart();
    await cluster.ready();
    expect((await cluster.replicas()).map(({ port }) => port)).toContain(old.port);
    await expect(cluster.failover(old.port, 'graceful')).rejects.toThrow(/has no replica/);
    expect(await replyOf(promoted, 'GET', '{crash}')).toBe('new');
    expect(await replyOf(old, 'DBSIZE')).toBe(await replyOf(promoted, 'DBSIZE'));
  });

  test('leaves no process when it is stopped, also a second time', async () => {
    const pids = cluster.servers.map(({ pid }) => pid);
    expect(pids.filter(isAlive)).toHaveLength(6);
    client.disconnect();
    await cluster.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    await cluster.stop();
  });
});
