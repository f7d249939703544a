/** Versions in microseconds since 1970, each above all that were given out or seen before: what a write that no log takes is compared by. */
export class Versions {
  #last = 0;

  /** The latest that is known here. */
  get last(): number {
    return this.#last;
  }

  /** A version that somebody else gave out. */
  saw(version: number): void {
    this.#last = Math.max(this.#last, version);
  }

  /** The next one; `nowMicros` is the server's clock as far as it is known. */
  next(nowMicros: number): number {
    this.#last = Math.max(this.#last + 1, Math.floor(nowMicros));
    return this.#last;
  }
}
