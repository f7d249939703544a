import { setTimeout as sleep } from 'node:timers/promises';

/** A row of the table; its version tells how old a copy of it is. */
export interface Row {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

/** What a loader takes. */
export const LOADER_MS = 10;

/**
 * The database of a scenario, in the process of the load: rows with versions, and what readers may expect of them.
 * A load reads its row at once and answers ten milliseconds later, so that a write in between makes it old before it is
 * kept anywhere.
 */
export class Table {
  loads = 0;
  /** How long the loads took, in milliseconds: what the machine adds to the ten is not the cache's doing. */
  readonly loadMs: number[] = [];
  readonly #versions = new Map<string, number>();
  /** By key, the version that was there when an evict of it had resolved: nobody may read an older one from then on. */
  readonly #floors = new Map<string, number>();
  readonly #text: string;

  constructor(rowBytes = 200) {
    this.#text = 'x'.repeat(rowBytes);
  }

  version(id: string): number {
    return this.#versions.get(id) ?? 1;
  }

  async load(id: string): Promise<Row> {
    this.loads++;
    const row = { id, version: this.version(id), text: this.#text };
    const started = performance.now();
    await sleep(LOADER_MS);
    this.loadMs.push(performance.now() - started);
    return row;
  }

  /** Writes a row, then invalidates it; readers that start when that has resolved must see the row. */
  async write<T>(id: string, invalidate: () => Promise<T>): Promise<T> {
    const version = this.version(id) + 1;
    this.#versions.set(id, version);
    const outcome = await invalidate();
    this.#floors.set(id, Math.max(version, this.floor(id)));
    return outcome;
  }

  /** The oldest version that a reader who starts now may be given. */
  floor(id: string): number {
    return this.#floors.get(id) ?? 0;
  }

  /** The keys that were written. */
  written(): string[] {
    return [...this.#floors.keys()];
  }
}
