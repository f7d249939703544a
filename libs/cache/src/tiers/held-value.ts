import type { Sharing } from '../contracts/codec.js';
import { cloneValue } from '../codec/clone.js';

/** Makes instances of a region's class from plain data. */
export type Reviver = (plain: Record<string, unknown>) => unknown;

/**
 * A value of our own that callers can be given: the same frozen object for all, a clone for each, or a new instance for
 * each. The promise of a shared value is made once, so that a hit allocates nothing.
 */
export class HeldValue {
  readonly #value: unknown;
  readonly #give: (value: unknown) => unknown;
  readonly #shared: Promise<unknown> | undefined;

  private constructor(value: unknown, give: ((value: unknown) => unknown) | undefined) {
    this.#value = value;
    this.#give = give ?? ((same) => same);
    this.#shared = give === undefined ? Promise.resolve(value) : undefined;
  }

  /** A value that callers may share, or that is cloned for each; plain parts of a clone are frozen unless `thaw`. */
  static of(value: unknown, sharing: Sharing, thaw = false): HeldValue {
    if (sharing === 'shared' && !thaw) return new HeldValue(value, undefined);
    return new HeldValue(value, (kept) => cloneValue(kept, { freezePlain: !thaw }));
  }

  /** Plain data that is revived for each caller; an array is revived element by element, `null` stays `null`. */
  static revived(value: unknown, revive: Reviver): HeldValue {
    const one = (plain: unknown) =>
      plain === null ? null : revive(cloneValue(plain, { freezePlain: false }) as Record<string, unknown>);
    return new HeldValue(value, (kept) => (Array.isArray(kept) ? kept.map(one) : one(kept)));
  }

  /** The loader's own object, for a value that is not kept: callers of one load share it as they would without a cache. */
  static passing(value: unknown): HeldValue {
    return new HeldValue(value, undefined);
  }

  /** Our own copy itself, for looking only: it may be shared, and is not revived. */
  get view(): unknown {
    return this.#value;
  }

  /** The value for one caller. Rejects when a reviver throws. */
  take(): Promise<unknown> {
    if (this.#shared !== undefined) return this.#shared;
    try {
      return Promise.resolve(this.#give(this.#value));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
