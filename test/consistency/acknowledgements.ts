import type { Write } from './history.js';

/** What was promised of one cell, and when: the writes of a row whose versions count 1, 2, 3, … */
export class Acknowledgements {
  readonly #byVersion = new Map<number, Write>();
  readonly #anywhere: Float64Array;
  readonly #here = new Map<number, Float64Array>();
  /** The newest version that was written, confirmed or not. */
  readonly newest: number;

  constructor(writes: readonly Write[]) {
    this.newest = writes.reduce((newest, { version }) => Math.max(newest, version), 0);
    this.#anywhere = earliest(writes, this.newest);
    for (const write of writes) {
      this.#byVersion.set(write.version, write);
      if (!this.#here.has(write.process)) {
        const own = writes.filter(({ process }) => process === write.process);
        this.#here.set(write.process, earliest(own, this.newest));
      }
    }
  }

  /** The write of a version, if its process lived to log it. */
  write(version: number): Write | undefined {
    return this.#byVersion.get(version);
  }

  /**
   * Since when nobody may see anything older than a version: the first acknowledgement of this version or a newer one.
   * Infinity when there was none.
   */
  since(version: number): number {
    return this.#anywhere[version] ?? Infinity;
  }

  /** The same by acknowledgements that one process got. */
  sinceOf(process: number, version: number): number {
    return this.#here.get(process)?.[version] ?? Infinity;
  }
}

/** By version, the earliest acknowledgement of it or of a newer one. */
function earliest(writes: readonly Write[], newest: number): Float64Array {
  const since = new Float64Array(newest + 2).fill(Infinity);
  for (const { version, end, outcome } of writes)
    if (outcome === 'confirmed') since[version] = Math.min(since[version] ?? Infinity, end);
  for (let version = newest; version >= 0; version--)
    since[version] = Math.min(since[version] ?? Infinity, since[version + 1] ?? Infinity);
  return since;
}
