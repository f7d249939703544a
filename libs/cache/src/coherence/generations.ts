import { hash32 } from '../contracts/hash.js';

const SLOTS = 1 << 16;

/** What the generations of a key were at some moment. */
export type Mark = number;

/**
 * Counters that invalidations advance, by key and for everything.
 * Whoever wants to put a value into memory takes a mark before it asks for the value and puts it only if the mark still
 * holds: otherwise an invalidation that arrived while the answer was under way would be undone by the answer. Keys share
 * counters by hash; a collision costs one needless refusal.
 */
export class Generations {
  readonly #byHash = new Float64Array(SLOTS);
  #global = 0;

  /** Sums are compared, not the two counters: neither ever runs backwards, so an equal sum means both are unchanged. */
  mark(key: string): Mark {
    return this.#global + (this.#byHash[slotOf(key)] ?? 0);
  }

  holds(key: string, mark: Mark): boolean {
    return this.mark(key) === mark;
  }

  advance(key: string): void {
    const slot = slotOf(key);
    this.#byHash[slot] = (this.#byHash[slot] ?? 0) + 1;
  }

  advanceAll(): void {
    this.#global++;
  }
}

function slotOf(key: string): number {
  return hash32(key) & (SLOTS - 1);
}
