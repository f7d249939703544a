import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { callsDuring, eventually } from '../../../../test/support/fleet.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import { systemClock } from '../contracts/clock.js';
import type { ScriptRun } from './connection.js';
import { createConnection } from './connection.js';
import { KeyNames } from './key-names.js';
import { ServerLink } from './server-link.js';

jest.setTimeout(30_000);

const names = new KeyNames({ prefix: 'app', version: '1', alsoEvict: [] });
const LONG = 10_000;

let server: RedisServer;
let replica: RedisServer;
let link: ServerLink;

beforeAll(async () => {
  [server, replica] = await Promise.all([
    RedisServer.start({ args: ['--repl-diskless-sync-delay', '0'] }),
    RedisServer.start(),
  ]);
});

afterAll(async () => {
  await Promise.all([server.stop(), replica.stop()]);
});

beforeEach(async () => {
  const events = {
    onNewEpoch: () => undefined,
    onReady: () => undefined,
    onLost: () => undefined,
    onFailure: () => undefined,
    onBreaker: () => undefined,
  };
  link = new ServerLink(createConnection({ url: server.url }), {
    names,
    clock: systemClock,
    maxInFlight: 100,
    events,
  });
  link.open();
  await eventually(() => link.ready);
});

afterEach(async () => {
  await link.close();
  await alone();
});

const alone = () => replica.command('REPLICAOF', 'NO', 'ONE');
/** Gives the server a replica that has all its data. */
async function withReplica(): Promise<void> {
  await replica.command('REPLICAOF', '127.0.0.1', String(server.port));
  await eventually(async () => (await server.command('INFO', 'replication')).includes('state=online'));
}

const evict = (key: string): ScriptRun => ({
  script: 'evict',
  keys: names.writeKeys(key),
  args: [names.channel, `k${JSON.stringify([key])}`],
});
const put = (key: string) => server.command('SET', names.value(key), 'old');
const isThere = async (key: string, at = server) => (await at.command('EXISTS', names.value(key))) === '1';
/** How many connections the clients of a test hold to the server. */
const connections = async () =>
  (await server.command('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n').filter(Boolean).length - 1;

describe('scripts that shall be on a replica', () => {
  test('are, when it is said so', async () => {
    await withReplica();
    await put('a');
    await eventually(() => isThere('a', replica));
    expect(await link.replicated([evict('a'), evict('b')], LONG)).toBe(true);
    expect(await isThere('a')).toBe(false);
    expect(await isThere('a', replica)).toBe(false);
  });

  test('are executed without a replica as well, and it is said that there is none', async () => {
    await put('a');
    expect(await link.replicated([evict('a')], 20)).toBe(false);
    expect(await isThere('a')).toBe(false);
  });

  test('are executed while the replica hangs, and it is said that it did not get them in time', async () => {
    await withReplica();
    await put('a');
    replica.freeze();
    expect(await link.replicated([evict('a')], 20)).toBe(false);
    expect(await isThere('a')).toBe(false);
    replica.thaw();
    expect(await link.replicated([evict('a')], LONG)).toBe(true);
  });

  test('wait on a connection of their own, which is made when it is needed, and made once', async () => {
    expect(await connections()).toBe(1);
    const slow = link.replicated([evict('a')], 300);
    await eventually(connections, (open) => open === 2);
    await eventually(async () => (await server.command('CLIENT', 'LIST')).includes('cmd=wait'));
    // meanwhile the connection of all the others is free
    expect(await link.send(() => link.redis.ping())).toBe('PONG');
    expect(await slow).toBe(false);
    await link.replicated([evict('b')], 10);
    expect(await connections()).toBe(2);
    await link.close();
    await eventually(connections, (open) => open === 0);
  });

  test('that come while others wait go out together, and wait once', async () => {
    await link.replicated([evict('a')], 1);
    const calls = await callsDuring(server, () =>
      Promise.all(Array.from({ length: 50 }, (_, i) => link.replicated([evict(`k${i}`)], 30))),
    );
    // each first where everything else goes, and once more where a replica is waited for
    expect(calls).toMatchObject({ evalsha: 100, wait: 2 });
  });

  test('that a script cache has lost are on the replica all the same', async () => {
    await withReplica();
    await link.replicated([evict('a')], LONG);
    await server.command('SCRIPT', 'FLUSH');
    await put('a');
    expect(await link.replicated([evict('a')], LONG)).toBe(true);
    expect(await isThere('a', replica)).toBe(false);
  });

  test('reject when they are refused, one without the others', async () => {
    await withReplica();
    const refused: ScriptRun = { script: 'evict', keys: ['only one'], args: [names.channel, ''] };
    await put('a');
    const [bad, good] = await Promise.allSettled([
      link.replicated([refused], LONG),
      link.replicated([evict('a')], LONG),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'REDIS_REFUSED' } });
    expect(good).toEqual({ status: 'fulfilled', value: true });
  });

  test('are executed, but count as not replicated, where this user may not wait for replicas', async () => {
    await withReplica();
    await server.command('ACL', 'SETUSER', 'default', '-wait');
    await put('a');
    expect(await link.replicated([evict('a')], LONG)).toBe(false);
    expect(await isThere('a')).toBe(false);
    await server.command('ACL', 'SETUSER', 'default', '+wait');
  });

  test('go through the usual connection when their own breaks, and count as not replicated', async () => {
    const waiting = link.replicated([evict('a')], LONG);
    await eventually(async () => (await server.command('CLIENT', 'LIST')).includes('cmd=wait'));
    await put('b');
    const next = link.replicated([evict('b')], LONG);
    const id = /id=(\d+) .*cmd=wait/.exec(await server.command('CLIENT', 'LIST'))?.[1] ?? '';
    await server.command('CLIENT', 'KILL', 'ID', id);
    expect(await waiting).toBe(false);
    expect(await next).toBe(false);
    expect(await isThere('b')).toBe(false);
    expect(link.ready).toBe(true);
    // and their own one is back soon
    await withReplica();
    await eventually(() => link.replicated([evict('a')], LONG));
  });

  test('go the way that the caller knows when their own connection is of no use', async () => {
    await link.close();
    const otherwise = jest.fn(() => Promise.resolve());
    expect(await link.replicated([evict('a')], LONG, otherwise)).toBe(false);
    expect(otherwise).toHaveBeenCalledTimes(1);
    await expect(link.replicated([evict('a')], LONG)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  });

  test('reject when the server is away', async () => {
    await server.kill();
    await eventually(() => !link.ready);
    await expect(link.replicated([evict('a')], LONG)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await server.restart();
  });
});
