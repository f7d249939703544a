/*
 * What a process writes down, as flat numbers: a run has a million reads, and an object for each would cost more than the
 * reads themselves. A cell is one row of one kind; times are those of `now()`.
 */

/** Numbers per read: cell, version seen, start, end. */
export const READ_FIELDS = 4;
/** Numbers per write: cell, version written, start, end, outcome, and whether it barred the key while it wrote. */
export const WRITE_FIELDS = 6;

/** A read that threw or answered nothing. */
export const FAILED = -1;
/** A read that was answered with the row of another cell. */
export const FOREIGN = -2;

/** What became of the invalidation of a write. */
export const OUTCOMES = ['unknown', 'confirmed', 'queued', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A part of one process's log. */
export interface Slice {
  readonly reads: Float64Array;
  readonly writes: Float64Array;
}

const ENTRIES_PER_BLOCK = 4_096;

/** Entries of one width, handed over in whole blocks. */
export class FlatLog {
  #full: Float64Array[] = [];
  #block: Float64Array;
  #at = 0;

  constructor(private readonly width: number) {
    this.#block = new Float64Array(width * ENTRIES_PER_BLOCK);
  }

  append(entry: readonly number[]): void {
    if (this.#at === this.#block.length) {
      this.#full.push(this.#block);
      this.#block = new Float64Array(this.width * ENTRIES_PER_BLOCK);
      this.#at = 0;
    }
    for (let i = 0; i < this.width; i++) this.#block[this.#at++] = entry[i] ?? NaN;
  }

  /** Everything since the last drain. */
  drain(): Float64Array {
    const parts = [...this.#full, this.#block.subarray(0, this.#at)];
    const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#full = [];
    this.#at = 0;
    return all;
  }
}
