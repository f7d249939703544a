import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { isAlive } from './alive.js';
import { RedisSentinels } from './redis-sentinels.js';
import { respCommand, untilAnswered } from './resp.js';

let set: RedisSentinels;
let client: Redis;

beforeAll(async () => {
  set = await RedisSentinels.start();
  client = new Redis({
    sentinels: set.sentinels,
    name: set.name,
    sentinelRetryStrategy: () => 50,
    retryStrategy: () => 50,
  });
  client.on('error', () => undefined);
});

afterAll(async () => {
  // A second time would leave a timer of the client behind.
  if (client.status !== 'end') client.disconnect();
  await set.stop();
});

/** Writes through the client until it is carried out, and answers the port of the server that did it. */
async function writtenAt(value: string): Promise<number> {
  await untilAnswered(() => client.set('bird', value), 'the client can write');
  expect(await (await set.master()).command('GET', 'bird')).toBe(value);
  return Number(/tcp_port:(\d+)/.exec(await client.info('server'))?.[1]);
}

describe('RedisSentinels', () => {
  test('lead a client to the master, whose replica has what it wrote', async () => {
    expect(set.sentinels).toHaveLength(3);
    const master = await set.master();
    const replicas = await set.replicas();
    expect(replicas).toHaveLength(1);
    expect(await writtenAt('first')).toBe(master.port);
    expect(await client.wait(1, 5_000)).toBe(1);
    expect(await replicas[0]?.command('GET', 'bird')).toBe('first');
    await expect(replicas[0]?.command('SET', 'bird', 'mine')).rejects.toThrow(/READONLY/);
  });

  test('put the replica in the place of the master, which follows it then', async () => {
    const master = await set.master();
    const [replica] = await set.replicas();
    expect(await set.failover('graceful')).toBe(replica);
    expect(await set.master()).toBe(replica);
    expect(await set.replicas()).toEqual([master]);
    await expect(master.command('SET', 'bird', 'mine')).rejects.toThrow(/READONLY/);
    expect(await writtenAt('second')).toBe(replica?.port);
  });

  test('replace a master that crashed, and take it back as a replica', async () => {
    const master = await set.master();
    const [replica] = await set.replicas();
    expect(await set.failover('kill')).toBe(replica);
    expect(master.pid).toBeUndefined();
    expect(await set.replicas()).toEqual([]);
    expect(await writtenAt('third')).toBe(replica?.port);
    await master.restart();
    const copy = async () => (await master.command('GET', 'bird')) || undefined;
    expect(await untilAnswered(copy, 'the old master follows the new one')).toBe('third');
  });

  test('leave no process when they are stopped, also a second time', async () => {
    const servers = [await set.master(), ...(await set.replicas())];
    const pids = servers.map(({ pid }) => pid);
    expect(pids.map(isAlive)).toEqual([true, true]);
    const ping = () => Promise.all(set.sentinels.map(({ port }) => respCommand(port, ['PING'])));
    expect(await ping()).toEqual(['PONG', 'PONG', 'PONG']);
    client.disconnect();
    await set.stop();
    expect(pids.map(isAlive)).toEqual([false, false]);
    await expect(ping()).rejects.toThrow(/ECONNREFUSED/);
    await set.stop();
  });
});
