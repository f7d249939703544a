import type { Clock } from '../contracts/clock.js';

/**
 * The writes of this process that have begun and not ended, by key. What is loaded beside one may be the old row, and must
 * not be kept: it would be read after somebody has seen the new one. On a server the markers of the writers say so; this is
 * for memory, where there is none or it does not answer. A write that takes longer than it may counts as gone.
 */
export class Writers {
  /** By key, the tokens of writes and until when they count, in monotonic milliseconds. */
  readonly #byKey = new Map<string, Map<string, number>>();

  constructor(
    private readonly clock: Clock,
    private readonly maxWriteMs: number,
  ) {}

  enter(key: string, token: string): void {
    const writers = this.#byKey.get(key) ?? new Map<string, number>();
    this.#byKey.set(key, writers.set(token, this.clock.now() + this.maxWriteMs));
  }

  /** Ends a write; `true` if it still counted and no other one is under way. */
  leave(key: string, token: string): boolean {
    const counted = this.#current(key)?.delete(token) === true;
    const others = this.active(key);
    return counted && !others;
  }

  /** Whether a write of a key is under way. */
  active(key: string): boolean {
    if (this.#byKey.size === 0) return false;
    const writers = this.#current(key);
    if (writers === undefined) return false;
    if (writers.size > 0) return true;
    this.#byKey.delete(key);
    return false;
  }

  #current(key: string): Map<string, number> | undefined {
    const writers = this.#byKey.get(key);
    const now = this.clock.now();
    for (const [token, until] of writers ?? []) if (until <= now) writers?.delete(token);
    return writers;
  }
}
