import type { Slice } from './log.js';
import { OUTCOMES, READ_FIELDS, WRITE_FIELDS } from './log.js';

/** One write as its process logged it. */
export interface Write {
  readonly process: number;
  readonly cell: number;
  readonly version: number;
  readonly start: number;
  /** When the writer heard that it was done. */
  readonly end: number;
  readonly outcome: (typeof OUTCOMES)[number];
  /** Reads were barred from storing while it wrote: a put or a strict evict. */
  readonly orderly: boolean;
}

/** The reads of one process of one cell, in the order in which they ended. */
export interface ReadColumns {
  readonly version: readonly number[];
  readonly start: readonly number[];
  readonly end: readonly number[];
}

interface GrowingColumns extends ReadColumns {
  readonly version: number[];
  readonly start: number[];
  readonly end: number[];
}

/** Everything that was logged, by cell and process. */
export class History {
  readonly #reads = new Map<number, Map<number, GrowingColumns>>();
  readonly #writes = new Map<number, Write[]>();
  readCount = 0;
  writeCount = 0;

  /** Takes over a slice; slices of one process come in their order. */
  add(process: number, { reads, writes }: Slice): void {
    for (let at = 0; at < reads.length; at += READ_FIELDS) {
      const columns = this.#columns(reads[at] ?? NaN, process);
      columns.version.push(reads[at + 1] ?? NaN);
      columns.start.push(reads[at + 2] ?? NaN);
      columns.end.push(reads[at + 3] ?? NaN);
    }
    this.readCount += reads.length / READ_FIELDS;
    for (let at = 0; at < writes.length; at += WRITE_FIELDS)
      this.#addWrite(process, writes.subarray(at, at + WRITE_FIELDS));
    this.writeCount += writes.length / WRITE_FIELDS;
  }

  /** The cells that were read or written. */
  cells(): readonly number[] {
    return [...new Set([...this.#reads.keys(), ...this.#writes.keys()])].sort((a, b) => a - b);
  }

  readsOf(cell: number): ReadonlyMap<number, ReadColumns> {
    return this.#reads.get(cell) ?? new Map<number, ReadColumns>();
  }

  writesOf(cell: number): readonly Write[] {
    return this.#writes.get(cell) ?? [];
  }

  #columns(cell: number, process: number): GrowingColumns {
    let byProcess = this.#reads.get(cell);
    if (byProcess === undefined) this.#reads.set(cell, (byProcess = new Map<number, GrowingColumns>()));
    let columns = byProcess.get(process);
    if (columns === undefined) byProcess.set(process, (columns = { version: [], start: [], end: [] }));
    return columns;
  }

  #addWrite(process: number, fields: Float64Array): void {
    const [cell = NaN, version = NaN, start = NaN, end = NaN, outcome = 0, orderly = 0] = fields;
    const writes = this.#writes.get(cell) ?? [];
    const write = { process, cell, version, start, end, orderly: orderly === 1 };
    writes.push({ ...write, outcome: OUTCOMES[outcome] ?? 'unknown' });
    this.#writes.set(cell, writes);
  }
}
