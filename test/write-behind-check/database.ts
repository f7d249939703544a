import pg from 'pg';
import type { BehindContext, CellWrite } from './cells.js';
import * as sql from './schema.js';

/** A row of the table that the handler writes to. Versions are whole numbers below 2^53. */
export interface CellRow {
  readonly key: number;
  readonly value: string;
  readonly version: number;
}

/** What the database itself has seen of all that was done to it. */
export interface DatabaseRecord {
  readonly rows: readonly CellRow[];
  /** Changes of a row to a version that is not above the one before. */
  readonly regressions: number;
  /** Changes of a row. */
  readonly applied: number;
  /** Writes that were committed more than once. */
  readonly duplicates: number;
  /** Fences under which two workers have written. */
  readonly sharedFences: number;
  /** Different writes that were committed. */
  readonly sent: number;
}

/** Where a database is, and how many connections a process may have. */
export interface DatabaseAddress {
  readonly url: string;
  readonly poolSize: number;
}

/** Whoever comes with a fence that is not the highest any more. */
export class Fenced extends Error {
  readonly code = 'FENCED';
}

const CONNECT_MS = 3_000;
/** Nothing waits for ever: a frozen process may hold the locks of a row. */
const STATEMENT_MS = 10_000;

/** The database of the check: what handlers write to, what readers load from, and what knows what was done to it. */
export class CheckedDatabase {
  readonly #pool: pg.Pool;
  /** Statements that wrote values. */
  statements = 0;
  /** Batches that it refused because somebody else had the log by then. */
  fenced = 0;

  constructor({ url, poolSize }: DatabaseAddress) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
    });
    // a connection that breaks while nobody uses it would end the process
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async create(): Promise<void> {
    await this.#pool.query(sql.SCHEMA);
  }

  async drop(): Promise<void> {
    await this.#pool.query(sql.UNDO);
  }

  /** Writes a batch, all of it or nothing. @throws Fenced, and whatever the database refuses. */
  async write(batch: readonly CellWrite[], context: BehindContext, worker: string): Promise<void> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      if (!context.through) await this.#assertFence(client, context, worker);
      await this.#apply(client, batch);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Writes one value as an application without write-behind does; the version is the database's own. */
  async writeDirectly(key: number, value: string | null): Promise<void> {
    this.statements++;
    await this.#pool.query(
      `insert into cells (key, value, version) values ($1, $2, 1)
       on conflict (key) do update set value = excluded.value, version = cells.version + 1`,
      [key, value],
    );
  }

  async read(key: number): Promise<CellRow | undefined> {
    const { rows } = await this.#pool.query<{ value: string; version: string }>(
      'select value, version from cells where key = $1',
      [key],
    );
    const [row] = rows;
    return row && { key, value: row.value, version: Number(row.version) };
  }

  async record(): Promise<DatabaseRecord> {
    const { rows } = await this.#pool.query<{ key: number; value: string; version: string }>(
      'select key, value, version from cells',
    );
    return {
      rows: rows.map(({ version, ...row }) => ({ ...row, version: Number(version) })),
      regressions: await this.#count(sql.REGRESSIONS),
      applied: await this.#count('changes'),
      duplicates: await this.#count('sendings where times > 1'),
      sharedFences: await this.#count(sql.SHARED_FENCES),
      sent: await this.#count('sendings'),
    };
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #apply(client: pg.PoolClient, batch: readonly CellWrite[]): Promise<void> {
    const [keys, versions] = [batch.map(({ args }) => args[0]), batch.map(({ version }) => version)];
    this.statements++;
    await client.query(sql.APPLY, [keys, batch.map(({ value }) => value), versions]);
    await client.query(sql.NOTE_SENDINGS, [keys, versions]);
  }

  async #assertFence(
    client: pg.PoolClient,
    { partition, fence }: BehindContext,
    worker: string,
  ): Promise<void> {
    const { rowCount } = await client.query(sql.RAISE_FENCE, [partition, fence]);
    if (rowCount === 0) {
      this.fenced++;
      throw new Fenced('another worker has the log');
    }
    await client.query(sql.NOTE_FENCE, [partition, fence, worker]);
  }

  async #count(from: string): Promise<number> {
    const { rows } = await this.#pool.query<{ n: string }>(`select count(*) as n from ${from}`);
    return Number(rows[0]?.n ?? 0);
  }
}
