import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { UserStrategy, sessionKey } from '@nuthatch/governance';
import type { RunningApp } from 'governance-api';
import { GovernanceDatabase, SCHEMA, startApp } from 'governance-api';
import { sql } from 'kysely';
import { until } from '../support/app.js';
import { startPostgres } from '../support/postgres-server.js';
import type { PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;
let database: GovernanceDatabase;
let running: RunningApp;

beforeAll(async () => {
  server = await startPostgres();
  const { url, poolSize } = server;
  database = await GovernanceDatabase.open({ url, poolSize, votes: 'none' });
  running = await startApp({ databaseUrl: url, databasePoolSize: poolSize, votes: 'none' });
});

afterAll(async () => {
  await running?.close();
  await database?.close();
  await server?.stop();
});

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(
    running.url + path,
    body === undefined ? { method } : { method, headers, body: JSON.stringify(body) },
  );
}

async function grant(path: string, ...permissions: string[]): Promise<number> {
  const response = await send('PUT', path, { permissions });
  await response.arrayBuffer();
  return response.status;
}

async function permissionsAt(path: string): Promise<string[]> {
  const { permissions } = (await (await send('GET', path)).json()) as { permissions: string[] };
  return permissions.filter((permission) => permission !== 'read' && permission !== 'vote');
}

/** Lets no event be recorded until so many changes wait. A PGlite runs one transaction at a time: there none can wait inside one. */
async function whileTheyMeet<T>(waiting: number, changes: () => Promise<T>): Promise<T> {
  if (server.kind === 'pglite') return changes();
  let changed: Promise<T> | undefined;
  await database.db.transaction().execute(async (transaction) => {
    await sql`lock table ${sql.table(`${SCHEMA}.events`)} in share mode`.execute(transaction);
    changed = changes();
    await until(async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::integer as n from pg_stat_activity where wait_event_type = 'Lock'`.execute(
        database.db,
      );
      return rows[0]?.n === waiting;
    }, `${waiting} changes wait`);
  });
  return changed as Promise<T>;
}

describe('Grants of one member in one community', () => {
  it('that are set twice at once are those of one of the two', async () => {
    const path = '/members/2/permissions/party-r';
    const statuses = await whileTheyMeet(2, () =>
      Promise.all([grant(path, 'propose'), grant(path, 'moderate', 'configure')]),
    );
    expect(statuses).toEqual([200, 200]);
    expect([['propose'], ['configure', 'moderate']]).toContainEqual(await permissionsAt(path));
  });

  it('may be set to the same twice at once', async () => {
    const path = '/members/3/permissions/party-r';
    const statuses = await whileTheyMeet(2, () =>
      Promise.all([grant(path, 'propose'), grant(path, 'propose')]),
    );
    expect(statuses).toEqual([200, 200]);
    expect(await permissionsAt(path)).toEqual(['propose']);
  });

  it('may be set while the member joins', async () => {
    const path = '/members/4/permissions/state-wy';
    const join = async () => {
      const response = await send('PUT', '/communities/state-wy/members/4');
      await response.arrayBuffer();
      return response.status;
    };
    expect(await whileTheyMeet(2, () => Promise.all([grant(path, 'propose'), join()]))).toEqual([200, 200]);
    expect(await permissionsAt(path)).toEqual(['propose']);
  });
});

/** The strategy of the application, and what to put it back as it was. */
function usersOf({ app }: RunningApp) {
  const users = app.get(UserStrategy);
  return { users, withdraw: users.withdraw.bind(users), revoke: users.revoke.bind(users) };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('What is taken back', () => {
  it('includes what is granted just before, and all of it is barred while it goes', async () => {
    const [early, late] = ['/members/5/permissions/party-r', '/members/5/permissions/party-d'];
    await grant(early, 'propose');
    const { users, withdraw } = usersOf(running);
    const barred: string[][] = [];
    jest.spyOn(users, 'withdraw').mockImplementation(async (id, communities, work) => {
      barred.push([...communities].sort());
      if (barred.length === 1) await grant(late, 'moderate');
      return withdraw(id, communities, work);
    });
    expect((await send('DELETE', '/members/5/permissions')).status).toBe(204);
    expect(barred).toEqual([['party-r'], ['party-d', 'party-r']]);
    for (const path of [early, late]) expect(await permissionsAt(path)).toEqual([]);
  });
});

describe('Sessions that are ended', () => {
  it('include one that is begun just before, and each is barred while it goes', async () => {
    const begin = async () =>
      ((await (await send('POST', '/sessions', { memberId: 6 })).json()) as { token: string }).token;
    const tokens = [await begin()];
    const { users, revoke } = usersOf(running);
    const barred: string[][] = [];
    jest.spyOn(users, 'revoke').mockImplementation(async (id, keys, work) => {
      barred.push([...keys]);
      if (barred.length === 1) tokens.push(await begin());
      return revoke(id, keys, work);
    });
    expect(await (await send('DELETE', '/members/6/sessions')).json()).toEqual({ revoked: 2 });
    expect(barred).toEqual(tokens.map((token) => [sessionKey(token)]));
  });
});
