import { RedisServer } from './redis-server.js';
import type { FleetMethods, FleetOptions } from './fleet.worker.js';
import { spawnWorker } from './workers.js';
import type { Worker } from './workers.js';

/** Several processes of one application, with the Redis of their cache and a register that stands for their database. */
export class Fleet {
  private constructor(
    readonly workers: readonly Worker<FleetMethods>[],
    readonly redis: RedisServer,
    readonly database: RedisServer,
  ) {}

  static async start(size: number, options: Omit<FleetOptions, 'redis' | 'database'> = {}): Promise<Fleet> {
    const [redis, database] = await Promise.all([RedisServer.start(), RedisServer.start()]);
    const workers = Array.from({ length: size }, () => spawnWorker<FleetMethods>('support/fleet.worker.ts'));
    const fleet = new Fleet(workers, redis, database);
    try {
      const urls = { redis: redis.url, database: database.url };
      await Promise.all(workers.map((worker) => worker.call('start', { ...options, ...urls })));
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** The process ids of those that have loaded a row, once per load. */
  async loadersOf(id: string): Promise<number[]> {
    const pids = await this.database.command('LRANGE', `loads:${id}`, '0', '-1');
    return pids.split('\n').filter(Boolean).map(Number);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await Promise.all([this.redis.stop(), this.database.stop()]);
  }
}
