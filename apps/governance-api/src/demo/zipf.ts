import { shuffled, type Random } from './random.js';

/**
 * Draws items as people ask for things: the n-th favourite is drawn in proportion to 1 / n^exponent.
 * Which items are favourites is shuffled, so that it does not follow the order they were given in.
 */
export class Zipf<T> {
  private readonly ranked: readonly T[];
  /** The chance of drawing any of the first n favourites, for every n. */
  private readonly cumulative: Float64Array;

  constructor(
    items: readonly T[],
    private readonly random: Random,
    exponent = 1,
  ) {
    if (items.length === 0) throw new Error('There is nothing to draw from.');
    if (!(exponent >= 0)) throw new Error(`The exponent is ${exponent}, but must be 0 or more.`);
    this.ranked = shuffled(items, random);
    this.cumulative = cumulate(items.length, exponent);
  }

  draw(): T {
    const item = this.ranked[this.rankOf(this.random())];
    return item as T; // the rank is below the number of items
  }

  /** The first place whose cumulative chance exceeds the number drawn. */
  private rankOf(drawn: number): number {
    let low = 0;
    let high = this.cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.cumulative[middle] ?? 1) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function cumulate(length: number, exponent: number): Float64Array {
  const sums = new Float64Array(length);
  let sum = 0;
  for (let rank = 0; rank < length; rank += 1) {
    sum += 1 / (rank + 1) ** exponent;
    sums[rank] = sum;
  }
  return sums.map((partial) => partial / sum);
}
