import { ScopedStorage } from '../contracts/scoped-storage.js';
import type { RegionRuntime } from './requests.js';
import type { UnitOfWork } from './unit-of-work.js';

/** A load that runs, by what it loads; it knows the load that it was begun in. */
class LoadOf {
  ended = false;

  constructor(
    private readonly keys: readonly string[],
    private readonly outer: LoadOf | undefined,
  ) {}

  /** Itself or the nearest around it that still runs: those that have ended would make a chain that never ends. */
  get running(): LoadOf | undefined {
    return this.ended ? this.outer?.running : this;
  }

  loads(key: string): boolean {
    return (!this.ended && this.keys.includes(key)) || this.outer?.loads(key) === true;
  }
}

/** Gives a region with a recorder of its own. */
export type OtherRecorder = (region: RegionRuntime) => RegionRuntime;

/** What a call is made inside of. */
interface Surroundings {
  readonly loading: boolean;
  readonly unit: UnitOfWork | undefined;
  readonly load: LoadOf | undefined;
  readonly otherRecorder: OtherRecorder | undefined;
}

const NOTHING: Surroundings = { loading: false, unit: undefined, load: undefined, otherRecorder: undefined };

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

  /** What has the calls made here recorded differently. */
  get otherRecorder(): OtherRecorder | undefined {
    return this.#surroundings.otherRecorder;
  }

  /** Whether a call is made inside a load of this key: it would wait for itself. */
  loads(key: string): boolean {
    return this.#surroundings.load?.loads(key) === true;
  }

  /** Runs a load of these keys whose result will be stored. */
  load<T>(load: () => Promise<T>, keys: readonly string[] = []): Promise<T> {
    return this.#load(load, keys, true);
  }

  /** The same for a load whose result will not be stored. */
  passingLoad<T>(load: () => Promise<T>, keys: readonly string[]): Promise<T> {
    return this.#load(load, keys, this.loading);
  }

  /** Runs what belongs to a unit of work. */
  within<T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> {
    return this.#storage.run({ ...this.#surroundings, unit, otherRecorder: undefined }, work);
  }

  /** Runs calls whose regions record differently; not what their loaders call. */
  recordedBy<T>(otherRecorder: OtherRecorder, work: () => Promise<T>): Promise<T> {
    return this.#storage.run({ ...this.#surroundings, otherRecorder }, work);
  }

  /** Runs what goes on by itself, inside of nothing. */
  outside<T>(work: () => Promise<T>): Promise<T> {
    return this.#surroundings === NOTHING ? work() : this.#storage.run(NOTHING, work);
  }

  async #load<T>(load: () => Promise<T>, keys: readonly string[], loading: boolean): Promise<T> {
    const outer = this.#surroundings.load?.running;
    const own = keys.length === 0 ? outer : new LoadOf(keys, outer);
    try {
      return await this.#storage.run({ loading, unit: this.unit, load: own, otherRecorder: undefined }, load);
    } finally {
      // what it has left behind, a timer perhaps, asks like anybody else
      if (own !== undefined && own !== outer) own.ended = true;
    }
  }
}
