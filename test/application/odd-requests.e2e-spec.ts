import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Platform, RunningApp } from 'governance-api';
import { startApp } from 'governance-api';
import { startPostgres } from '../support/postgres-server.js';
import type { PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;
const running = new Map<Platform, RunningApp>();

beforeAll(async () => {
  server = await startPostgres();
  for (const platform of ['fastify', 'express'] as const) {
    const options = { platform, databaseUrl: server.url, databasePoolSize: server.poolSize };
    running.set(platform, await startApp({ ...options, votes: 'none', cache: { prefix: 'odd' } }));
  }
});

afterAll(async () => {
  for (const app of running.values()) await app.close();
  await server.stop();
});

const CONFIGURATION = { visibility: 'public', quorum: 50, votingDays: 7 };

describe.each(['fastify', 'express'] as const)('On %s', (platform) => {
  async function send(method: string, path: string, body?: unknown) {
    const headers = { 'content-type': 'application/json' };
    const options = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${running.get(platform)?.url}${path}`, options);
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as unknown };
  }

  it.each<[string, string, unknown?]>([
    ['GET', '/communities/%00'],
    ['PUT', '/communities/%00', { name: 'x' }],
    ['GET', '/communities/party-r%00/configuration'],
    ['PUT', '/communities/%00/configuration', CONFIGURATION],
    ['GET', '/communities/%00/activity'],
    ['GET', '/communities/%00/participation'],
    ['GET', '/communities/%00/trending'],
    ['GET', '/communities/%00/members'],
    ['GET', '/communities/%00/member-count'],
    ['PUT', '/communities/%00/members/2'],
    ['DELETE', '/communities/%00/members/2'],
    ['GET', '/members/2/permissions/%00'],
    ['PUT', '/members/2/permissions/%00', { permissions: [] }],
    ['GET', '/communities?name=%00'],
    ['GET', '/communities?name=a%00b'],
    ['GET', '/questions?result=%00'],
    ['PUT', '/communities/party-r', { name: 'a\0b' }],
    ['PUT', '/members/2', { name: 'a\0b' }],
    ['PUT', '/members/2', { party: '\0' }],
    ['PUT', '/members/2', { state: 'A\0' }],
  ])('a text with the character NUL is refused: %s %s', async (...[method, path, body]) => {
    expect((await send(method, path, body)).status).toBe(400);
  });

  it('a wallet may have an address of up to 128 letters and digits', async () => {
    for (const length of [103, 128]) {
      const address = platform.slice(0, 1).repeat(length);
      const owner = { address, userId: 7 };
      expect(await send('PUT', `/members/7/wallets/${address}`)).toEqual({ status: 200, body: owner });
      expect(await send('GET', `/wallets/${address}`)).toEqual({ status: 200, body: owner });
      expect((await send('DELETE', `/members/7/wallets/${address}`)).status).toBe(204);
    }
    expect((await send('GET', `/wallets/${'1'.repeat(129)}`)).status).toBe(400);
  });
});
