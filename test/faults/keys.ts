import { Random } from '../consistency/random.js';

/**
 * Keys as users ask for them: the n-th of `count` about n times as rarely as the first (Zipf).
 * Memory then holds what most requests want, and many still miss it, so that every tier is asked all the time.
 */
export class Keys {
  readonly #random: Random;
  /** The share of requests that ask for one of the first n keys. */
  readonly #shares: readonly number[];

  constructor(
    readonly count: number,
    { skew = 0.8, seed = 1 } = {},
  ) {
    this.#random = new Random(seed);
    const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1) ** skew);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#shares = weights.map((weight) => (sum += weight) / total);
  }

  /** The next key somebody asks for. */
  next(): string {
    const wanted = this.#random.next();
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shares[middle] ?? 1) < wanted) low = middle + 1;
      else high = middle;
    }
    return String(low);
  }

  all(): string[] {
    return Array.from({ length: this.count }, (_, i) => String(i));
  }
}
