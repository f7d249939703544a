import type { Clock } from '../contracts/clock.js';
import { CacheError, isCacheError } from '../contracts/errors.js';
import { withDeadline } from './deadline.js';

/** What a step with the server came to: its answer, or that this call does without the server from now on. */
export type Step<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

const SPENT = {
  ok: false,
  error: new CacheError('REDIS_TIMEOUT', 'the budget of this call is spent'),
} as const;

/**
 * How much time one call may spend waiting for the server, over all its steps.
 * After the first failure nothing is left: a call never waits twice for a server that did not answer.
 */
export class Budget {
  #leftMs: number;

  constructor(
    private readonly clock: Clock,
    ms: number,
    private readonly onTimeout: () => void = () => undefined,
  ) {
    this.#leftMs = ms;
  }

  get spent(): boolean {
    return this.#leftMs <= 0;
  }

  /** Nothing more may be spent. */
  exhaust(): void {
    this.#leftMs = 0;
  }

  /** Takes one step within what is left. Never rejects. */
  step<T>(work: () => Promise<T>): Promise<Step<T>> {
    return this.#take(work, true);
  }

  /**
   * A step that is repeated for as long as another process loads: each is bounded by what is left, but only one without
   * an answer uses it up. Charged for each, a caller would give up waiting for a slow loader and load a second time.
   */
  poll<T>(work: () => Promise<T>): Promise<Step<T>> {
    return this.#take(work, false);
  }

  async #take<T>(work: () => Promise<T>, charged: boolean): Promise<Step<T>> {
    if (this.#leftMs <= 0) return SPENT;
    const started = this.clock.now();
    try {
      const value = await withDeadline(this.clock, this.#leftMs, work());
      if (charged) this.#leftMs -= this.clock.now() - started;
      return { ok: true, value };
    } catch (error) {
      this.#leftMs = 0;
      if (isCacheError(error) && error.code === 'REDIS_TIMEOUT') this.onTimeout();
      return { ok: false, error };
    }
  }
}
