import { round } from './bars.js';

/** One request: when it was due, in monotonic milliseconds, and how long from then to its answer. */
interface Sample {
  readonly at: number;
  readonly ms: number;
  readonly failed: boolean;
}

/** The requests of a stretch of time. */
export interface Latencies {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** A driver that starts a request later than this after it was due has been held up, by itself or by the machine. */
const LATE_MS = 20;

/**
 * An open loop: a request starts at its due time whatever became of those before, as users do.
 * A loop that waits for answers would ask less of a cache that hangs, and so hide how long everybody else would have
 * waited; for the same reason latency counts from the due time.
 */
export class Load {
  readonly #samples: Sample[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #periodMs: number;
  #due: number;
  #timer: NodeJS.Timeout | undefined;
  #late = 0;
  #longestPauseMs = 0;

  private constructor(
    perSecond: number,
    private readonly request: () => Promise<unknown>,
  ) {
    this.#periodMs = 1_000 / perSecond;
    this.#due = performance.now();
  }

  static start(perSecond: number, request: () => Promise<unknown>): Load {
    const load = new Load(perSecond, request);
    load.#tick();
    return load;
  }

  /** Requests that were started so late that the driver itself is to blame. */
  get late(): number {
    return this.#late;
  }

  /** By how much the latest request was started late. */
  get longestPauseMs(): number {
    return round(this.#longestPauseMs);
  }

  /** Forgets what was measured so far: a process that has just started compiles more than it answers. */
  begin(): void {
    this.#samples.length = 0;
    this.#late = 0;
    this.#longestPauseMs = 0;
  }

  /** Starts no more, and waits for the answers to those that are under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#running);
  }

  /** The requests that were due from one moment up to another, as far as they are answered. */
  between(from: number, to: number): Latencies {
    const some = this.#samples.filter(({ at }) => at >= from && at < to);
    const times = some.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      requests: some.length,
      failed: some.filter(({ failed }) => failed).length,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      maxMs: quantile(times, 1),
    };
  }

  all(): Latencies {
    return this.between(-Infinity, Infinity);
  }

  #tick(): void {
    const now = performance.now();
    for (; this.#due <= now; this.#due += this.#periodMs) this.#start(this.#due, now);
    this.#timer = setTimeout(() => this.#tick(), this.#due - now);
  }

  #start(at: number, now: number): void {
    this.#longestPauseMs = Math.max(this.#longestPauseMs, now - at);
    if (now - at > LATE_MS) this.#late++;
    const end = (failed: boolean) => {
      this.#samples.push({ at, ms: performance.now() - at, failed });
      this.#running.delete(running);
    };
    const running: Promise<void> = this.request().then(
      () => end(false),
      () => end(true),
    );
    this.#running.add(running);
  }
}

/** The smallest value that a share of all do not exceed. */
export function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : round(value);
}
