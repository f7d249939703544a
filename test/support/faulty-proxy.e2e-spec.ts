import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { FaultyProxy } from './faulty-proxy.js';
import { RedisServer } from './redis-server.js';
import { respCommand } from './resp.js';

const SILENCE_MS = 150;

let server: RedisServer;
let proxy: FaultyProxy;
const sockets: Socket[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

beforeEach(async () => {
  await server.command('FLUSHALL');
  proxy = await FaultyProxy.start(server.port);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
});

/** A connection through the proxy that has been answered once, so both ends of it stand. */
async function open(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  sockets.push(socket);
  socket.on('error', () => undefined);
  expect(await ask(socket, 'PING')).toBe('+PONG');
  return socket;
}

/** The next bytes that arrive after a command was sent; rejects when none do before the connection closes. */
function ask(socket: Socket, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (data) => resolve(String(data).trim()));
    socket.once('close', () => reject(new Error('closed')));
    socket.write(`${command}\r\n`);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function isSilent(answer: Promise<string>): Promise<boolean> {
  answer.catch(() => undefined);
  return Promise.race([answer.then(() => false), pause(SILENCE_MS).then(() => true)]);
}

describe('a FaultyProxy', () => {
  test('passes everything on, for a client that knows nothing of it', async () => {
    const client = new Redis(proxy.url);
    const value = 'nuthatch – Kleiber'.repeat(50_000);
    await client.set('bird', value);
    expect(await client.get('bird')).toBe(value);
    expect((await server.command('GET', 'bird')) === value).toBe(true);
    client.disconnect();
  });

  test('closes a connection whose other end has closed, once all has arrived', async () => {
    const socket = await open();
    const closed = once(socket, 'close');
    expect(await ask(socket, 'QUIT')).toBe('+OK');
    await closed;
  });

  test('cuts all connections, and accepts new ones', async () => {
    const connections = await Promise.all([open(), open()]);
    const closed = connections.map((socket) => once(socket, 'close'));
    proxy.cut();
    await Promise.all(closed);
    expect(await respCommand(proxy.port, ['PING'])).toBe('PONG');
  });

  test('refuses new connections until it accepts them again, while others go on', async () => {
    const socket = await open();
    proxy.refuse();
    await expect(respCommand(proxy.port, ['PING'])).rejects.toThrow(/closed the connection|ECONNRESET|EPIPE/);
    expect(await ask(socket, 'PING')).toBe('+PONG');
    proxy.accept();
    expect(await respCommand(proxy.port, ['PING'])).toBe('PONG');
  });

  test.each([
    { what: 'requests', done: '' },
    { what: 'replies', done: '1' },
    { what: 'both', done: '' },
  ] as const)(
    'swallows $what: no answer, the connection stays open until all is healed',
    async ({ what, done }) => {
      const idle = await open();
      const socket = await open();
      proxy.swallow(what);
      expect(await isSilent(ask(socket, 'INCR count'))).toBe(true);
      expect(socket.closed).toBe(false);
      await expect(respCommand(proxy.port, ['PING'], SILENCE_MS)).rejects.toThrow(/no answer/);
      expect(await server.command('GET', 'count')).toBe(done);
      const closed = once(socket, 'close');
      proxy.heal();
      await closed;
      expect(await ask(idle, 'INCR count')).toBe(`:${Number(done) + 1}`);
      expect(await respCommand(proxy.port, ['GET', 'count'])).toBe(String(Number(done) + 1));
    },
  );

  test('swallows the news that the server has closed the connection', async () => {
    const socket = await open();
    proxy.swallow('replies');
    const killed = await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(Number(killed)).toBeGreaterThan(0);
    await pause(SILENCE_MS);
    expect(socket.closed).toBe(false);
    const closed = once(socket, 'close');
    proxy.heal();
    await closed;
  });

  test('delays one direction by its time, both by twice that', async () => {
    const socket = await open();
    const timeOf = async () => {
      const start = performance.now();
      expect(await ask(socket, 'PING')).toBe('+PONG');
      return performance.now() - start;
    };
    proxy.delay(150, 'replies');
    expect(await timeOf()).toBeGreaterThan(145);
    proxy.delay(150);
    expect(await timeOf()).toBeGreaterThan(295);
    proxy.heal();
    expect(await timeOf()).toBeLessThan(145);
  });

  test('keeps the order when a delay becomes shorter', async () => {
    const socket = await open();
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    proxy.delay(SILENCE_MS, 'requests');
    socket.write('ECHO first\r\n');
    await pause(20);
    proxy.delay(0);
    socket.write('ECHO second\r\n');
    while (!received.includes('second')) await once(socket, 'data');
    expect(received).toMatch(/first[^]*second/);
  });

  test('sends new connections to another port, and leaves the old ones where they are', async () => {
    const other = await RedisServer.start();
    await server.command('SET', 'who', 'one');
    await other.command('SET', 'who', 'other');
    const socket = await open();
    proxy.retarget(other.port);
    expect(await respCommand(proxy.port, ['GET', 'who'])).toBe('other');
    expect(await ask(socket, 'GET who')).toContain('one');
    await other.stop();
    await expect(respCommand(proxy.port, ['PING'])).rejects.toThrow(/closed the connection|ECONNRESET|EPIPE/);
  });

  test('ends all connections and gives its port back when it is closed, also a second time', async () => {
    const { port } = proxy;
    const closed = once(await open(), 'close');
    await proxy.close();
    await closed;
    await expect(respCommand(port, ['PING'])).rejects.toThrow(/ECONNREFUSED/);
    await proxy.close();
  });
});
