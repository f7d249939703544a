import { ScopedStorage } from '../contracts/scoped-storage.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What a call is made inside of. */
interface Surroundings {
  readonly loading: boolean;
  readonly unit: UnitOfWork | undefined;
}

const NOTHING: Surroundings = { loading: false, unit: undefined };

/**
 * Knows what a call is made inside of: a load whose result will be stored, a unit of work, both, or nothing.
 * A call inside such a load must not be answered from memory, nor by a flight that began before, nor be judged by nonces in
 * memory: all of these may lag behind an invalidation by the length of a message. For a reader that is a value a few
 * milliseconds old; inside a load it would be stored, under nonces that are newer than itself, and stay until it expires.
 * Inside a unit of work the database may show what is not committed, which must not get out.
 */
export class CallContext {
  readonly #storage = new ScopedStorage<Surroundings>();

  get #surroundings(): Surroundings {
    return this.#storage.current ?? NOTHING;
  }

  /** Inside a load whose result will be stored. */
  get loading(): boolean {
    return this.#surroundings.loading;
  }

  /** The unit of work a call is made inside of. */
  get unit(): UnitOfWork | undefined {
    const { unit } = this.#surroundings;
    return unit?.ended === true ? undefined : unit;
  }

  /** Runs a load whose result will be stored. */
  load<T>(load: () => Promise<T>): Promise<T> {
    return this.#storage.run({ loading: true, unit: this.unit }, load);
  }

  /** Runs what belongs to a unit of work. */
  within<T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> {
    return this.#storage.run({ loading: this.loading, unit }, work);
  }
}
