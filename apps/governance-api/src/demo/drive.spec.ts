import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drive } from './drive.js';
import type { Access } from './http-connection.js';
import { Tally } from './tally.js';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server, and what a drive of the given requests against it comes to. */
async function run(listener: RequestListener, accesses: Access[], options: { connections?: number } = {}) {
  const server = createServer(listener);
  servers.push(server);
  let opened = 0;
  server.on('connection', () => (opened += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const tally = new Tally();
  const source = { next: () => accesses.shift(), used: 0 };
  const signal = new AbortController().signal;
  const address = { host: '127.0.0.1', port };
  await drive({ address, source, tally, connections: options.connections ?? 1, signal });
  return { tally, opened };
}

const reads = (count: number): Access[] =>
  Array.from({ length: count }, (_, index) => ({ method: 'GET', path: `/${index}` }));

describe('drive', () => {
  it('sends every request once, over kept-alive connections', async () => {
    const paths: string[] = [];
    const listener: RequestListener = (request, response) => {
      paths.push(request.url ?? '');
      response.end('{}');
    };
    const { tally, opened } = await run(listener, reads(50), { connections: 3 });
    expect(tally).toMatchObject({ reads: 50, writes: 0, failed: 0, requests: 50 });
    expect(opened).toBe(3);
    expect(paths.sort()).toEqual(
      reads(50)
        .map(({ path }) => path)
        .sort(),
    );
    expect(tally.percentile(50)).toBeGreaterThan(0);
  });

  it('sends the body of a write', async () => {
    const bodies: string[] = [];
    const listener: RequestListener = (request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
      request.on('end', () => response.writeHead(201).end());
    };
    const body = JSON.stringify({ name: 'Würde' });
    const { tally } = await run(listener, [{ method: 'PUT', path: '/x', body }]);
    expect(bodies).toEqual([body]);
    expect(tally).toMatchObject({ reads: 0, writes: 1, failed: 0 });
  });

  it('counts refused requests as failed and keeps the connection', async () => {
    const { tally, opened } = await run(
      (_request, response) => response.writeHead(500).end('broken'),
      reads(4),
    );
    expect(tally).toMatchObject({ reads: 4, failed: 4, firstFailure: 'GET /0: 500 broken' });
    expect(opened).toBe(1);
  });

  it('counts a connection that breaks as failed and opens another', async () => {
    const listener: RequestListener = (request, response) => {
      if (request.url === '/0') request.socket.destroy();
      else response.end();
    };
    const { tally, opened } = await run(listener, reads(3));
    expect(tally).toMatchObject({ reads: 3, failed: 1 });
    expect(tally.firstFailure).toMatch(/^GET \/0: /);
    expect(opened).toBe(2);
  });

  it('opens another connection when the server wants to close this one', async () => {
    const { tally, opened } = await run(
      (_request, response) => response.setHeader('Connection', 'close').end(),
      reads(3),
    );
    expect(tally).toMatchObject({ reads: 3, failed: 0 });
    expect(opened).toBe(3);
  });
});
