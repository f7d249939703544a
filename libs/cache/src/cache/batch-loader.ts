import { types } from 'node:util';
import { CacheError } from '../contracts/errors.js';
import type { LoadContext } from '../contracts/load-context.js';
import { runningLoads } from '../contracts/load-context.js';
import type { Running } from './requests.js';
import { RunningLoad } from './running-load.js';

type Args = readonly unknown[];

/** A loader of several keys at once, as the user gives it. */
export type LoadMany = (missing: readonly Args[], context: LoadContext) => unknown;

/** One key that a loader is asked for together with others. */
export class Wanted {
  /** A value is handed on only when this is done, so that not all fills are sent at once. */
  after: Promise<unknown> | undefined;
  #call: BatchCall | undefined;
  #at = 0;

  constructor(readonly args: Args) {}

  /** What the loader brings for this key; the loader must have been called. `running` learns what it says of all its keys. */
  async load(running: Running | undefined): Promise<unknown> {
    const call = this.#call;
    if (running !== undefined) call?.carries(running);
    const values = await call?.values;
    await this.after;
    if (call !== undefined) running?.adopt(call.running.said);
    return values?.[this.#at];
  }

  comesFrom(call: BatchCall, at: number): void {
    this.#call = call;
    this.#at = at;
  }
}

/** One call of a loader for several keys, and the loads that wait for it. */
class BatchCall {
  readonly running = new RunningLoad(undefined, () => Promise.resolve());
  readonly values: Promise<readonly unknown[]>;
  #carried = 0;
  #aborted = 0;

  constructor(load: (running: RunningLoad) => Promise<readonly unknown[]>) {
    this.values = runningLoads.run(this.running, () => load(this.running));
  }

  /** Its signal is aborted when those of all the loads that wait for it are. */
  carries(load: Running): void {
    if (!load.abortable) return;
    const { signal } = load;
    this.#carried++;
    signal.addEventListener('abort', () => {
      if (++this.#aborted === this.#carried) this.running.abort(signal.reason);
    });
  }
}

/** The loader of one batch: asked for many keys, it answers for each in their order. */
export class BatchLoader {
  /** Why it failed; it is not called again then. */
  failure: { readonly error: unknown } | undefined;

  constructor(private readonly loadMany: LoadMany) {}

  /** Calls the loader once for all these keys; resolves when it has answered, also with an error, which each key gets. */
  async call(wanted: readonly Wanted[]): Promise<void> {
    const missing = wanted.map(({ args }) => args);
    const call = new BatchCall((running) => this.#values(missing, running));
    wanted.forEach((one, at) => one.comesFrom(call, at));
    try {
      await call.values;
    } catch (error) {
      this.failure = { error };
    }
  }

  async #values(missing: readonly Args[], context: LoadContext): Promise<readonly unknown[]> {
    const values = await this.loadMany(missing, context);
    if (Array.isArray(values) && values.length === missing.length) return heard(values);
    const got = Array.isArray(values) ? `${values.length} values` : `no array but ${typeof values}`;
    throw new CacheError(
      'WRONG_BATCH',
      `a batch loader answers with one value per key, in the order of the keys: asked for ${missing.length}, it gave ${got}`,
    );
  }
}

/** Values that may be promises: each is waited for later, when its turn comes, and must not end the process before. */
function heard(values: readonly unknown[]): readonly unknown[] {
  for (const value of values) if (types.isPromise(value)) value.catch(() => undefined);
  return values;
}
