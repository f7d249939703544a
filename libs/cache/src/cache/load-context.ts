import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Knows whether a call is made from inside a load whose result will be stored.
 * Such a call must not be answered from memory, nor by a flight that began before, nor be judged by nonces in memory: all of
 * these may lag behind an invalidation by the length of a message. For a reader that is a value a few milliseconds old;
 * inside a load it would be stored, under nonces that are newer than itself, and stay until it expires.
 */
export class LoadContext {
  readonly #storage = new AsyncLocalStorage<true>();
  #running = 0;

  /** The storage is asked only while there are such loads at all: hits from memory otherwise pay nothing for this. */
  get inside(): boolean {
    return this.#running > 0 && this.#storage.getStore() === true;
  }

  async run<T>(load: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await this.#storage.run(true, load);
    } finally {
      this.#running--;
    }
  }
}
