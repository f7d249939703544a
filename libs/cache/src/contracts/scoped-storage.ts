import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * What asynchronous work runs inside of, at no cost while there is none. Before Node 24 a storage that was entered once makes
 * every promise of the process slower for ever; this one is turned off again when the last that entered it has ended.
 * What still runs then, a timer or a promise that nobody waited for, is inside of nothing any more.
 */
export class ScopedStorage<T> {
  readonly #storage = new AsyncLocalStorage<T>();
  #running = 0;

  /** What the caller runs inside of. */
  get current(): T | undefined {
    return this.#running === 0 ? undefined : this.#storage.getStore();
  }

  /** Runs work inside of something, until its promise is settled. */
  async run<R>(store: T, work: () => Promise<R>): Promise<R> {
    this.#running++;
    try {
      return await this.#storage.run(store, work);
    } finally {
      if (--this.#running === 0) this.#storage.disable();
    }
  }
}
