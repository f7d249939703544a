import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import type { Asked } from './cluster-topology.js';
import type { RedisTarget } from './connection.js';
import { closeConnection, createConnection } from './connection.js';
import { describeFailure, failureOf } from './refusals.js';

/** A server of a Cluster that is connected to for one question: a seed, or one that no link leads to. */
export class PassingServer implements Asked {
  constructor(
    readonly node: string,
    private readonly target: RedisTarget,
    private readonly clock: Clock,
    private readonly onFailure: (reason: string) => void = () => undefined,
  ) {}

  /** Rejects with a CacheError. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = createConnection(this.target, { retryStrategy: () => null });
    // of a connection that came to nothing the rejection says only that it is closed
    let cause: unknown;
    redis.on('error', (error: unknown) => (cause ??= error));
    try {
      await redis.connect();
      return await question(redis);
    } catch (error) {
      const failure = cause ?? error;
      this.onFailure(describeFailure(failure));
      throw failureOf(failure);
    } finally {
      void closeConnection(redis, this.clock);
    }
  }
}
