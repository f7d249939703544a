import type { StartAppOptions } from 'governance-api';
import { startPostgres } from '../support/postgres-server.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';
import { spawnWorker } from '../support/workers.js';
import type { Worker } from '../support/workers.js';
import type { ReplayMethods } from './replay.worker.js';

/** How the instances are put together; where their servers are, nobody needs to say. */
export interface InstanceOptions extends Pick<StartAppOptions, 'votes'> {
  readonly cache?: Exclude<StartAppOptions['cache'], false>;
}

/** A running instance of the application; a new one that takes its place is another. */
export interface Instance {
  readonly name: string;
  readonly port: number;
  readonly worker: Worker<ReplayMethods>;
}

/** The instances of the application with their Redis and their database, which holds no votes at first. */
export class Instances {
  readonly #all: Instance[] = [];
  #started = 0;

  private constructor(
    readonly redis: RedisServer,
    readonly postgres: PostgresServer,
    private readonly options: InstanceOptions,
  ) {}

  static async start(count: number, options: InstanceOptions): Promise<Instances> {
    const redis = await RedisServer.start();
    const postgres = await startPostgres().catch(async (error: unknown) => {
      await redis.stop();
      throw error;
    });
    const instances = new Instances(redis, postgres, options);
    try {
      await Promise.all(Array.from({ length: count }, () => instances.add()));
      return instances;
    } catch (error) {
      await instances.stop();
      throw error;
    }
  }

  /** Those that are alive. */
  get all(): readonly Instance[] {
    return this.#all;
  }

  async add(): Promise<Instance> {
    const worker = spawnWorker<ReplayMethods>('replay/replay.worker.ts');
    const name = `instance ${++this.#started}`;
    try {
      const port = await worker.call('start', {
        ...this.options,
        databaseUrl: this.postgres.url,
        databasePoolSize: this.postgres.poolSize,
        cache: { prefix: 'replay', redis: { url: this.redis.url }, ...this.options.cache },
      });
      const instance = { name, port, worker };
      this.#all.push(instance);
      return instance;
    } catch (error) {
      await worker.stop();
      throw new Error(`${name} does not start:\n${worker.output}`, { cause: error });
    }
  }

  /** Ends an instance as a crash would, whatever it is doing. */
  async kill(instance: Instance): Promise<void> {
    this.#all.splice(this.#all.indexOf(instance), 1);
    instance.worker.kill('SIGKILL');
    await instance.worker.exited;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.splice(0).map(({ worker }) => worker.stop()));
    await this.postgres.stop();
    await this.redis.stop();
  }
}
