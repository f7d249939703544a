import { UserFault } from '../contracts/user-fault.js';

type Args = readonly unknown[];

/** How many keys are known ahead: enough that instances which walk at the same pace seldom meet at a key. */
const WINDOW = 1_000;

/**
 * The keys of one source, in an order of chance: instances that start together would otherwise walk one behind the other, and
 * wait at every key. They are drawn from a window that moves over the list, so that a long one is never held as a whole.
 */
export class WarmKeys {
  /** How many there are, as far as that is known. */
  total: number | undefined;
  readonly #window: Args[] = [];
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #isAsync = false;
  #listed = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(private readonly keys: unknown) {}

  /** The next keys, at most `count`; none at the end. Throws what the user's function or iterator throws, or a UserFault. */
  async take(count: number): Promise<Args[]> {
    await this.#fill();
    const taken: Args[] = [];
    while (taken.length < count && this.#window.length > 0) taken.push(this.#draw());
    return taken;
  }

  /** No more keys are wanted: an iterator may let go of what it reads from. */
  close(): void {
    const { length } = this.#window;
    if (this.#ended && length === 0) return;
    this.#ended = true;
    this.#window.length = 0;
    this.#wake();
    try {
      Promise.resolve(this.#iterator?.return?.()).catch(() => undefined);
    } catch {
      // it was asked to stop, and nobody asks it for anything else
    }
  }

  async #fill(): Promise<void> {
    if (this.#iterator === undefined && !this.#ended) await this.#open();
    while (!this.#ended && this.#window.length < WINDOW) {
      const next = this.#iterator?.next();
      // a sync one is not waited for: a promise for each of a million keys would be most of the work
      const result = this.#isAsync ? await this.#unlessClosed(Promise.resolve(next)) : next;
      if (this.#ended) return;
      this.#add(result as IteratorResult<unknown> | undefined);
    }
  }

  #add(result: IteratorResult<unknown> | undefined): void {
    if (result === undefined || result.done === true) {
      this.#ended = true;
      this.total = this.#listed;
      return;
    }
    this.#listed++;
    this.#window.push(Array.isArray(result.value) ? result.value : [result.value]);
  }

  async #open(): Promise<void> {
    const { keys } = this;
    const given: unknown = await this.#unlessClosed(
      Promise.resolve(typeof keys === 'function' ? (keys as () => unknown)() : keys),
    );
    if (this.#ended) return;
    if (Array.isArray(given)) this.total = given.length;
    if (given instanceof Set) this.total = given.size;
    const async = methodOf(given, Symbol.asyncIterator);
    const iterate = async ?? methodOf(given, Symbol.iterator);
    if (iterate === undefined) throw new UserFault('did not give a list of keys');
    this.#isAsync = async !== undefined;
    this.#iterator = iterate.call(given) as Iterator<unknown> | AsyncIterator<unknown>;
  }

  /** Of the promises that come, only the last one is waited for: a race would keep what waits for it as long as the walk. */
  #unlessClosed<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined);
      promise.then(resolve, reject);
    });
  }

  #draw(): Args {
    const last = this.#window.length - 1;
    const at = Math.floor(Math.random() * (last + 1));
    const drawn = this.#window[at] as Args;
    this.#window[at] = this.#window[last] as Args;
    this.#window.length = last;
    return drawn;
  }
}

/** Not of a text, whose characters are hardly meant to be keys. */
function methodOf(given: unknown, name: symbol): ((this: unknown) => unknown) | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const method = (given as Record<symbol, unknown>)[name];
  return typeof method === 'function' ? (method as (this: unknown) => unknown) : undefined;
}
