import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import type { ScriptRun } from './connection.js';
import { closeConnection, runScript } from './connection.js';

interface Job {
  readonly runs: readonly ScriptRun[];
  readonly timeoutMs: number;
  resolve(replicated: boolean): void;
  reject(error: unknown): void;
}

/**
 * The connection of one server for what shall be on a replica before it counts as done.
 * It is a connection of its own because WAIT counts only what its connection wrote, and keeps everything behind it
 * waiting. What is asked for while a WAIT is under way goes out together after it, so that a replica which is gone costs
 * everybody one timeout, not one after the other. Opened when it is first needed.
 */
export class ReplicatedLink {
  #redis: Redis | undefined;
  #opening: Promise<void> | undefined;
  #waiting: Job[] = [];
  #working = false;
  #closed = false;

  constructor(
    private readonly connect: () => Redis,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs scripts and waits until a replica has them too, at most `timeoutMs`. Resolves to whether one has; `false`: they
   * were executed, but no replica said so in time. Rejects with whatever the connection or the server said.
   */
  run(runs: readonly ScriptRun[], timeoutMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ runs, timeoutMs, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  /** The server may be another one from now on: what is asked for next goes over a new connection. */
  reset(): void {
    this.#redis?.disconnect();
    this.#redis = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#redis !== undefined) await closeConnection(this.#redis, this.clock);
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) {
      const jobs = this.#waiting;
      this.#waiting = [];
      await this.#together(jobs).catch((error: unknown) => {
        for (const job of jobs) job.reject(error);
      });
    }
    this.#working = false;
  }

  async #together(jobs: readonly Job[]): Promise<void> {
    const redis = await this.#connected();
    const outcomes = await Promise.allSettled(
      jobs.map(({ runs }) => Promise.all(runs.map((run) => runScript(redis, run, 'text')))),
    );
    // only after the replies: a script that the server did not know by its digest is sent once more
    const longest = Math.max(1, ...jobs.map(({ timeoutMs }) => Math.ceil(timeoutMs)));
    const replicated = await redis.wait(1, longest).then(
      (replicas) => replicas >= 1,
      () => false,
    );
    outcomes.forEach((outcome, i) => {
      if (outcome.status === 'fulfilled') jobs[i]?.resolve(replicated);
      else jobs[i]?.reject(outcome.reason);
    });
  }

  async #connected(): Promise<Redis> {
    if (this.#closed) throw new CacheError('REDIS_UNAVAILABLE', 'closed');
    this.#redis ??= this.#create();
    await this.#opening;
    if (this.#redis.status !== 'ready') throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    return this.#redis;
  }

  #create(): Redis {
    const redis = this.connect();
    // the command connection to the same server reports what is wrong; saying it twice would help nobody
    redis.on('error', () => undefined);
    this.#opening = redis.connect().catch(() => undefined);
    return redis;
  }
}
