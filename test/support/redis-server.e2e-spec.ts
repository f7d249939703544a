import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { becomes, isAlive } from './alive.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';
import { respCommand } from './resp.js';
import { spawnWorker } from './workers.js';
import type { OrphansMethods } from './orphans.worker.js';

const running: RedisServer[] = [];

async function start(options?: Parameters<typeof RedisServer.start>[0]): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function folderOf(server: RedisServer): Promise<string> {
  return server.command('CONFIG', 'GET', 'dir').then((reply) => reply.split('\n')[1] ?? '');
}

describe('a RedisServer', () => {
  test('answers commands on its own port as soon as it has started', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.port).not.toBe(other.port);
    expect(one.url).toBe(`redis://127.0.0.1:${one.port}`);
    expect(await one.command('SET', 'bird', 'nuthatch – Kleiber')).toBe('OK');
    expect(await one.command('GET', 'bird')).toBe('nuthatch – Kleiber');
    expect(await one.command('STRLEN', 'bird')).toBe('20');
    expect(await other.command('GET', 'bird')).toBe('');
  });

  test('rejects a command that the server answers with an error', async () => {
    const server = await start();
    await expect(server.command('INCR')).rejects.toThrow(/wrong number of arguments/);
  });

  test('takes arguments, which win over its defaults', async () => {
    const server = await start({ args: ['--maxmemory', '8mb', '--requirepass', 'seed'] });
    await expect(server.command('PING')).rejects.toThrow(/NOAUTH/);
  });

  test('answers nothing while frozen, and everything after it is thawed', async () => {
    const server = await start();
    server.freeze();
    await expect(respCommand(server.port, ['PING'], 200)).rejects.toThrow(/no answer to PING/);
    const late = server.command('PING');
    server.thaw();
    await expect(late).resolves.toBe('PONG');
  });

  test('is restarted on the same port, without its data', async () => {
    const server = await start();
    const { port, pid } = server;
    await server.command('SET', 'bird', 'nuthatch');
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await server.command('GET', 'bird')).toBe('');
  });

  test('is restarted with its data when asked for persistence', async () => {
    const server = await start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    await server.command('SET', 'bird', 'nuthatch');
    await server.kill();
    await server.restart();
    expect(await server.command('GET', 'bird')).toBe('nuthatch');
  });

  test('can be restarted after a kill, and a frozen one too', async () => {
    const server = await start();
    const { pid } = server;
    await server.kill();
    expect(server.pid).toBeUndefined();
    expect(isAlive(pid)).toBe(false);
    await expect(server.command('PING')).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    server.freeze();
    await server.restart();
    await expect(server.command('PING')).resolves.toBe('PONG');
  });

  test('leaves no process and no folder after stop, even when it was frozen', async () => {
    const server = await start();
    const { pid } = server;
    const folder = await folderOf(server);
    expect(readdirSync(folder)).toContain('redis-server.log');
    server.freeze();
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    await expect(server.stop()).resolves.toBeUndefined();
    await expect(server.restart()).rejects.toThrow(/stopped server/);
    expect(() => server.freeze()).toThrow(/not running/);
  });

  test('keeps a folder that was given', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'nuthatch-given-'));
    const server = await start({ dir });
    await server.stop();
    expect(readdirSync(dir)).toContain('redis-server.log');
    rmSync(dir, { recursive: true });
  });

  test('shows the log of a server that does not start', async () => {
    const taken = await start();
    await expect(RedisServer.start({ port: taken.port })).rejects.toThrow(/Address already in use/);
    await expect(RedisServer.start({ args: ['--no-such-option', '1'] })).rejects.toThrow(/no-such-option/i);
  });

  test('is started with others, or none of them is', async () => {
    const port = await freePort();
    const bad = { args: ['--no-such-option', '1'] };
    await expect(RedisServer.startAll([{ port }, bad])).rejects.toThrow(/no-such-option/i);
    await expect(respCommand(port, ['PING'])).rejects.toThrow(/ECONNREFUSED/);
    const both = await RedisServer.startAll([{ port }, {}]);
    running.push(...both);
    expect(await Promise.all(both.map((server) => server.command('PING')))).toEqual(['PONG', 'PONG']);
    expect(both[0]?.port).toBe(port);
  });

  test('dies, frozen or not, with the process that started it, and its folder goes too', async () => {
    const parent = spawnWorker<OrphansMethods>('support/orphans.worker.ts');
    const servers = await parent.call('startServers');
    expect(servers.every(({ pid, dir }) => isAlive(pid) && existsSync(dir))).toBe(true);
    parent.kill('SIGKILL');
    await parent.exited;
    expect(await becomes(() => !servers.some(({ pid, dir }) => isAlive(pid) || existsSync(dir)))).toBe(true);
  });
});

describe('freePort', () => {
  test('answers a port that can be bound, with the bus of a Cluster node above it', async () => {
    const server = await start({ args: ['--cluster-enabled', 'yes'] });
    expect(await server.command('INFO', 'cluster')).toContain('cluster_enabled:1');
    expect(await freePort()).not.toBe(server.port);
  });
});
