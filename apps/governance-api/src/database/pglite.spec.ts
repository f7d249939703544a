import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPGlite, type PGliteServer } from './pglite.js';

const CONNECTIONS = 6;
const QUERIES = 60;
/** Larger than what one read of a socket takes in, so that the messages of one query arrive apart. */
const PADDING = 'x'.repeat(200_000);

describe('a PGlite in a child process', () => {
  let server: PGliteServer;
  let clients: pg.Client[];

  beforeAll(async () => {
    server = await startPGlite();
    clients = Array.from({ length: CONNECTIONS }, () => new pg.Client(server.url));
    for (const client of clients) await client.connect();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
  });

  it('answers each of several connections with its own rows', async () => {
    const wrong: unknown[] = [];
    await Promise.all(
      clients.map(async (client, index) => {
        // Statements must differ: one that took the place of another is noticed by its column.
        const column = `answer_${index}`;
        for (let query = 0; query < QUERIES; query += 1) {
          const text = `select $1::integer as ${column}, length($2)`;
          const { rows } = await client.query<Record<string, number>>(text, [query, PADDING]);
          if (rows[0]?.[column] !== query) wrong.push({ column, query, rows });
        }
      }),
    );
    expect(wrong).toEqual([]);
  }, 60_000);

  it('goes on for the others when a connection breaks off within a transaction', async () => {
    const broken = new pg.Client(server.url);
    broken.on('error', () => undefined);
    await broken.connect();
    await broken.query('begin');
    await broken.query('create table half_done (id integer)');
    (broken as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    const { rows } = await clients[0]!.query<{ found: string | null }>(
      `select to_regclass('half_done')::text as found`,
    );
    expect(rows).toEqual([{ found: null }]);
  }, 30_000);
});
