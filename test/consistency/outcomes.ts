import type { CacheStats } from 'nuthatch';
import { now } from './clock.js';
import type { Outcome } from './log.js';

/** What the cache said of its troubles at some moment. */
export interface Weather {
  /** Whether it had any just then. */
  readonly calm: boolean;
  /** Differs from that of an earlier moment when there was trouble in between. */
  readonly troubles: string;
  readonly asked: number;
}

interface Waiting {
  readonly before: Weather;
  readonly start: number;
  readonly end: number;
  readonly tell: (outcome: Outcome) => void;
}

/**
 * Finds out what became of the invalidations of decorated methods, which tell nobody: confirmed, if the statistics show no
 * trouble of any sort between a moment before the write and one after it, and there was no time for a timeout. Otherwise
 * nobody knows, and nothing is demanded.
 */
export class Outcomes {
  #waiting: Waiting[] = [];
  #last: Weather = { calm: false, troubles: 'nothing is known', asked: -Infinity };

  constructor(
    private readonly stats: () => Promise<CacheStats>,
    private readonly budgetMs: number,
  ) {}

  /** What was known last; a write takes it along from its start. */
  get weather(): Weather {
    return this.#last;
  }

  /** How many writes wait for their outcome. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a write that has ended; `tell` is called at a later look. */
  expect(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** Looks at the statistics, and settles the writes that had ended before. */
  async look(): Promise<void> {
    const asked = now();
    const seen = weatherOf(await this.stats(), asked);
    this.#last = seen;
    const ended = this.#waiting.filter(({ end }) => end < asked);
    this.#waiting = this.#waiting.filter(({ end }) => end >= asked);
    for (const one of ended) one.tell(this.#outcome(one, seen));
  }

  #outcome({ before, start, end }: Waiting, after: Weather): Outcome {
    const inTime = (end - start) / 1_000 < this.budgetMs;
    return before.calm && after.calm && before.troubles === after.troubles && inTime
      ? 'confirmed'
      : 'unknown';
  }
}

function weatherOf({ instance }: CacheStats, asked: number): Weather {
  const { redis, totals, tags } = instance;
  const { connected, breaker, ...counts } = redis;
  const { connections, connectionsLost, breakerOpenings, newEpochs, commandFailures } = counts;
  const { evictionsFailed, clearsFailed } = totals;
  const troubles = JSON.stringify([
    [connections, connectionsLost, breakerOpenings, newEpochs, commandFailures],
    [evictionsFailed, clearsFailed, tags.invalidationsFailed],
  ]);
  return { calm: connected && breaker === 'closed', troubles, asked };
}
