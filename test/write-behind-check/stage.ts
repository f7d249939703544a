import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { startPostgres } from '../support/postgres-server.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';
import type { Acknowledged } from './acknowledgements.js';
import { acknowledgedIn } from './acknowledgements.js';
import { PARTITIONS } from './cells.js';
import type { DatabaseAddress } from './database.js';
import { CheckedDatabase } from './database.js';
import { Register } from './register.js';

const POOL_SIZE = 4;
const FSYNC_ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0'];

interface Servers {
  readonly redis: RedisServer;
  readonly notices: RedisServer;
  readonly postgres: PostgresServer;
  readonly proxy: FaultyProxy;
}

/** The servers of a run: Redis, the database behind a proxy that can take it away, and a register of what was acknowledged. */
export class Stage {
  readonly redis: RedisServer;
  readonly register: Register;
  /** The database as the check itself sees it, past the proxy. */
  readonly database: CheckedDatabase;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nuthatch-written-'));

  #isCreated = false;

  private constructor(private readonly servers: Servers) {
    this.redis = servers.redis;
    this.register = new Register(servers.notices.url);
    this.database = new CheckedDatabase(this.#address(servers.postgres.url));
    mkdirSync(this.#notes);
  }

  static async start(): Promise<Stage> {
    const [redis, notices] = await RedisServer.startAll([{ args: FSYNC_ALWAYS }, {}]);
    if (redis === undefined || notices === undefined) throw new Error('no Redis');
    const stopAll = () => Promise.all([redis.stop(), notices.stop()]);
    const postgres = await startPostgres().catch(async (error: unknown) => {
      await stopAll();
      throw error;
    });
    const proxy = await FaultyProxy.start(Number(new URL(postgres.url).port));
    const stage = new Stage({ redis, notices, postgres, proxy });
    try {
      await stage.database.create();
      stage.#isCreated = true;
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get kind(): PostgresServer['kind'] {
    return this.servers.postgres.kind;
  }

  get registerUrl(): string {
    return this.servers.notices.url;
  }

  /** The database as processes reach it. */
  get processDatabase(): DatabaseAddress {
    const url = new URL(this.servers.postgres.url);
    url.port = String(this.servers.proxy.port);
    return this.#address(url.href);
  }

  fileOf(writer: string): string {
    return join(this.#notes, writer);
  }

  /** Everything that all writers have noted. */
  acknowledged(): Acknowledged[] {
    return acknowledgedIn(this.#notes);
  }

  /** How many writes the logs hold. */
  async depth(): Promise<number> {
    const logs = Array.from({ length: PARTITIONS }, (_, log) => `checked:ls:{checked.cell/${log}}`);
    const depths = await Promise.all(logs.map((log) => this.redis.command('XLEN', log)));
    return depths.reduce((sum, depth) => sum + Number(depth), 0);
  }

  databaseGoes(): void {
    this.servers.proxy.refuse();
    this.servers.proxy.cut();
  }

  databaseReturns(): void {
    this.servers.proxy.accept();
  }

  async close(): Promise<void> {
    const { redis, notices, postgres, proxy } = this.servers;
    this.register.close();
    // a database that was given goes on without us
    if (this.#isCreated) await this.database.drop().catch(() => undefined);
    await Promise.allSettled([this.database.close(), proxy.close()]);
    await Promise.allSettled([redis.stop(), notices.stop(), postgres.stop()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #notes(): string {
    return join(this.#folder, 'notes');
  }

  #address(url: string): DatabaseAddress {
    return { url, poolSize: Math.min(POOL_SIZE, this.servers.postgres.poolSize) };
  }
}
