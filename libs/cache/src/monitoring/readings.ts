import type { Clock } from '../contracts/clock.js';

/** How long he who has a reading made waits for it; without it he is given the one before. */
const PATIENCE_MS = 100;

/** What readings are made with. */
export interface ReadingTerms<T> {
  readonly clock: Clock;
  /** How old a reading may be before somebody who asks has another one made. */
  readonly freshMs: number;
  readonly read: () => Promise<T>;
  /** What a reading is that failed. */
  readonly otherwise: T;
}

/** What others say of themselves, read when somebody wants to know it and not more often than need be. */
export class Readings<T> {
  #latest: T;
  #begunAt = -Infinity;

  constructor(private readonly terms: ReadingTerms<T>) {
    this.#latest = terms.otherwise;
  }

  get latest(): T {
    return this.#latest;
  }

  /** Has another reading made if the last one is old. Never rejects, and never waits for long. */
  async refresh(): Promise<void> {
    const { clock, freshMs } = this.terms;
    const now = clock.now();
    if (now - this.#begunAt < freshMs) return;
    this.#begunAt = now;
    const reading = this.#read();
    await new Promise<void>((resolve) => {
      const timer = clock.after(PATIENCE_MS, resolve);
      void reading.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #read(): Promise<void> {
    const { read, otherwise } = this.terms;
    this.#latest = await read().catch(() => otherwise);
  }
}
