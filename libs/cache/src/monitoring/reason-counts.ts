const MAX_REASONS = 20;
const MAX_LENGTH = 100;
const OTHER = 'other';

/** Numbers by reason. A reason comes from outside this library, so only so many are told apart; the rest is `other`. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>();

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  add(reason: string): void {
    const short = reason.slice(0, MAX_LENGTH);
    const name = this.#counts.has(short) || this.#counts.size < MAX_REASONS ? short : OTHER;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
