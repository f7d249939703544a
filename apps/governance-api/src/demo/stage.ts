import { startCompanion } from '../companion/start.js';
import type { StartAppOptions } from '../create-app.js';
import { PGLITE_POOL_SIZE, startPGlite } from '../database/pglite.js';
import { findRedis, type DemoRedis, type RedisServer } from './redis.js';

interface Stoppable {
  stop(): Promise<void>;
}

/** An application of the demo. */
export interface DemoApp extends Stoppable {
  readonly port: number;
  readonly exited: Promise<void>;
}

/** The database of the demo, for several applications. */
export type DemoDatabase = Pick<StartAppOptions, 'databaseUrl' | 'databasePoolSize'>;

/** The demo says itself what the cache is to do. */
const CACHE_VARIABLES = /^(REDIS_|CACHE_|ENABLE_API_CACHE$)/;

/** Everything the demo starts, so that all of it is stopped, whatever happens in between. */
export class Stage {
  private readonly started: Promise<Stoppable | undefined>[] = [];

  /** The signal ends waiting for whatever is being started. */
  constructor(
    readonly redisServer: RedisServer,
    private readonly signal: AbortSignal,
  ) {}

  /** What DATABASE_URL names, else a PGlite. */
  async database(): Promise<DemoDatabase> {
    const { DATABASE_URL } = process.env;
    if (DATABASE_URL) return { databaseUrl: DATABASE_URL };
    const pglite = await this.keep(startPGlite(this.signal));
    return { databaseUrl: pglite.url, databasePoolSize: PGLITE_POOL_SIZE };
  }

  redis(): Promise<DemoRedis | undefined> {
    return this.keep(findRedis(this.redisServer, this.signal));
  }

  /** The application in a process of its own, whose cache is not configured by the environment. */
  async app(options: StartAppOptions): Promise<DemoApp> {
    const inherited = Object.entries(process.env).filter(([name]) => !CACHE_VARIABLES.test(name));
    const companion = await this.keep(
      startCompanion<{ port: number }>({
        what: 'The application',
        entry: 'demo/app.child.js',
        logs: true,
        input: options,
        signal: this.signal,
        env: { ...Object.fromEntries(inherited), NODE_ENV: 'development' },
      }),
    );
    return { port: companion.ready.port, exited: companion.exited, stop: () => companion.stop() };
  }

  /** Stops everything, the latest first: the application before the database it uses. */
  async close(): Promise<void> {
    for (const starting of this.started.splice(0).reverse()) {
      const started = await starting.catch(() => undefined); // its failure was reported where it was awaited
      await started?.stop();
    }
  }

  private keep<T extends Stoppable | undefined>(starting: Promise<T>): Promise<T> {
    this.started.push(starting);
    return starting;
  }
}
