import type { Sharing } from '../contracts/codec.js';
import { cloneValue } from '../codec/clone.js';

/** Makes instances of a region's class from plain data. */
export type Reviver = (plain: Record<string, unknown>) => unknown;

/**
 * A value of our own that callers can be given: the same frozen object for all, a clone for each, or a new instance for
 * each. The promise of a shared value is made once, when it is first taken, so that a hit from memory allocates nothing.
 */
export class HeldValue {
  readonly #value: unknown;
  readonly #copy: ((value: unknown) => unknown) | undefined;
  #shared: Promise<unknown> | undefined;
  /** What was made to see that it can be made; the next caller gets it. */
  #spare: { readonly value: unknown } | undefined;

  private constructor(value: unknown, copy: ((value: unknown) => unknown) | undefined) {
    this.#value = value;
    this.#copy = copy;
  }

  /** A value that callers may share, or that is cloned for each; plain parts of a clone are frozen unless `thaw`. */
  static of(value: unknown, sharing: Sharing, thaw = false): HeldValue {
    if (sharing === 'shared' && !thaw) return new HeldValue(value, undefined);
    return new HeldValue(value, (kept) => cloneValue(kept, { freezePlain: !thaw }));
  }

  /**
   * Plain data that is revived for each caller; an array is revived element by element, `null` stays `null`.
   * Throws what the reviver throws: what cannot be revived now is not held at all.
   */
  static revived(value: unknown, revive: Reviver): HeldValue {
    const one = (plain: unknown) =>
      plain === null ? null : revive(cloneValue(plain, { freezePlain: false }) as Record<string, unknown>);
    const all = (kept: unknown) => (Array.isArray(kept) ? kept.map(one) : one(kept));
    const held = new HeldValue(value, all);
    held.#spare = { value: all(value) };
    return held;
  }

  /** The loader's own object, for a value that is not kept: callers of one load share it as they would without a cache. */
  static passing(value: unknown): HeldValue {
    return new HeldValue(value, undefined);
  }

  /** Our own copy itself, for looking only: it may be shared, and is not revived. */
  get view(): unknown {
    return this.#value;
  }

  /** The value for one caller. Throws what a reviver throws. */
  give(): unknown {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare.value;
    return this.#copy === undefined ? this.#value : this.#copy(this.#value);
  }

  /** The same as a promise. Throws what a reviver throws. */
  taken(): Promise<unknown> {
    if (this.#copy === undefined) return (this.#shared ??= Promise.resolve(this.#value));
    return Promise.resolve(this.give());
  }

  /** The same as a promise, which rejects when a reviver throws. */
  take(): Promise<unknown> {
    try {
      return this.taken();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
