import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { loadRollCalls } from '../rollcalls/rollcalls.js';
import { PGLITE_POOL_SIZE, startPGlite, type PGliteServer } from './pglite.js';
import { SCHEMA, type Schema } from './schema.js';
import { seed } from './seed.js';

/** Where the tables live. */
export interface DatabaseOptions {
  /** A PostgreSQL; without one, a PGlite child process is started. */
  readonly url?: string;
  /** Connections to open at most. */
  readonly poolSize?: number;
  /** `'none'`: where the tables are filled, that of the votes stays empty. Default: `'seeded'`. */
  readonly votes?: 'seeded' | 'none';
}

const SERVER_POOL_SIZE = 10;

/** The seeded database of the application; `db` asks its questions in types. */
export class GovernanceDatabase implements OnApplicationShutdown {
  readonly db: Kysely<Schema>;

  private constructor(
    private readonly raw: Kysely<Schema>,
    readonly url: string,
    private readonly options: DatabaseOptions,
    private readonly pglite?: PGliteServer,
  ) {
    this.db = raw.withSchema(SCHEMA);
  }

  /** Connects, creates and fills the tables where that was not done before. */
  static async open(options: DatabaseOptions = {}): Promise<GovernanceDatabase> {
    const pglite = options.url ? undefined : await startPGlite();
    const url = options.url ?? pglite?.url ?? '';
    const max = options.poolSize ?? (pglite ? PGLITE_POOL_SIZE : SERVER_POOL_SIZE);
    const database = new GovernanceDatabase(connect(url, max), url, options, pglite);
    try {
      await seed(database.db, loadRollCalls(), options);
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Throws every change away: the tables are as after the first start. */
  async reset(): Promise<void> {
    await seed(this.db, loadRollCalls(), { ...this.options, reset: true });
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    await this.raw.destroy();
    await this.pglite?.stop();
  }
}

function connect(connectionString: string, max: number): Kysely<Schema> {
  const pool = new pg.Pool({ connectionString, max });
  // An idle connection that breaks is reported here; without a listener that would end the process.
  pool.on('error', (error) =>
    Logger.warn(`A database connection broke: ${error.message}`, 'GovernanceDatabase'),
  );
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}
