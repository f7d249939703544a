import { CacheError } from '../contracts/errors.js';

type Args = readonly unknown[];

/** A loader of several keys at once, as the user gives it. */
export type LoadMany = (missing: readonly Args[]) => unknown;

/** One key that a loader is asked for together with others. */
export class Wanted {
  /** A value is handed on only when this is done, so that not all fills are sent at once. */
  after: Promise<unknown> | undefined;
  #values: Promise<readonly unknown[]> | undefined;
  #at = 0;

  constructor(readonly args: Args) {}

  /** What the loader brings for this key; the loader must have been called. */
  async load(): Promise<unknown> {
    const values = await this.#values;
    await this.after;
    return values?.[this.#at];
  }

  comesFrom(values: Promise<readonly unknown[]>, at: number): void {
    this.#values = values;
    this.#at = at;
  }
}

/** The loader of one batch: asked for many keys, it answers for each in their order. */
export class BatchLoader {
  /** Why it failed; it is not called again then. */
  failure: { readonly error: unknown } | undefined;

  constructor(private readonly loadMany: LoadMany) {}

  /** Calls the loader once for all these keys; resolves when it has answered, also with an error, which each key gets. */
  async call(wanted: readonly Wanted[]): Promise<void> {
    const values = this.#values(wanted.map(({ args }) => args));
    wanted.forEach((one, at) => one.comesFrom(values, at));
    try {
      await values;
    } catch (error) {
      this.failure = { error };
    }
  }

  async #values(missing: readonly Args[]): Promise<readonly unknown[]> {
    const values = await this.loadMany(missing);
    if (Array.isArray(values) && values.length === missing.length) return values as readonly unknown[];
    const got = Array.isArray(values) ? `${values.length} values` : `no array but ${typeof values}`;
    throw new CacheError(
      'WRONG_BATCH',
      `a batch loader answers with one value per key, in the order of the keys: asked for ${missing.length}, it gave ${got}`,
    );
  }
}
