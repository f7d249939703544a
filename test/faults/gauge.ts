import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisStats } from 'nuthatch';
import type { Subject } from './subject.js';

const EVERY_MS = 25;
const PATIENCE_MS = 20_000;

/** What the statistics of an application say while something goes wrong, looked at often enough to see peaks. */
export class Gauge {
  maxCommandsInFlight = 0;
  /** How often the breaker opened or closed. */
  breakerChanges = 0;
  #stopped = false;
  readonly #watching: Promise<void>;

  constructor(private readonly subject: Subject) {
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  /** Milliseconds from a moment until the next hit in Redis after it; `null` when there is none for long. */
  async redisHitAfter(since: number): Promise<number | null> {
    const before = (await this.subject.stats()).values.redisHits;
    while (performance.now() - since < PATIENCE_MS) {
      if ((await this.subject.stats()).values.redisHits > before) return performance.now() - since;
      await sleep(EVERY_MS);
    }
    return null;
  }

  async #watch(): Promise<void> {
    const before = changes((await this.subject.stats()).redis);
    for (let last = false; !last;) {
      last = this.#stopped;
      const { redis } = await this.subject.stats();
      this.maxCommandsInFlight = Math.max(this.maxCommandsInFlight, redis.commandsInFlight);
      this.breakerChanges = changes(redis) - before;
      if (!last) await sleep(EVERY_MS);
    }
  }
}

/** How often a breaker changed since the start: each opening but one that lasts was followed by a closing. */
function changes({ breakerOpenings, breaker }: RedisStats): number {
  return 2 * breakerOpenings - (breaker === 'open' ? 1 : 0);
}
