import type { Clock } from '../contracts/clock.js';
import { withDeadline } from '../resilience/deadline.js';

/** One run, and whether somebody may still have its answer. */
interface Round<T> {
  readonly answer: Promise<T>;
}

/**
 * Runs the same work for many callers, key by key, one run after the other. Its answer belongs to those who came before the
 * run began: what it reads may be older than what a later caller knows to have happened, and he gets the next one.
 */
export class Rounds<T> {
  /** The last run of each key, by key: it has begun or not. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Those that have not begun. */
  readonly #next = new Map<string, Round<T>>();

  /** `waitMs`: how long a run waits for the one before it, which may hang. */
  constructor(
    private readonly clock: Clock,
    private readonly waitMs: number,
  ) {}

  /** The answer of a run that has not begun yet; `joined` tells whether another caller had asked for it. */
  run(key: string, work: () => Promise<T>): { readonly answer: Promise<T>; readonly joined: boolean } {
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return { answer: waiting.answer, joined: true };
    const before = this.#last.get(key);
    const answer = this.#begin(key, before, work);
    this.#next.set(key, { answer });
    const settled = answer.then(noop, noop);
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return { answer, joined: false };
  }

  async #begin(key: string, before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
    if (before !== undefined) await withLimit(this.clock, this.waitMs, before);
    // callers whose replies came in one piece come one after the other in this turn of the loop
    await new Promise((resolve) => setImmediate(resolve));
    this.#next.delete(key);
    return work();
  }
}

/** Waits for something, but no longer than that. */
async function withLimit(clock: Clock, ms: number, what: Promise<unknown>): Promise<void> {
  await withDeadline(clock, ms, what).catch(noop);
}

function noop(): void {
  // how a run ended is heard by those who asked for it
}
