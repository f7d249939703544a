import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { GetOrLoad } from './get-or-load.js';
import type { RegionRuntime } from './requests.js';

/**
 * A second way to the entries of one method in memory: by its only argument instead of by key.
 * Making the key's text and hashing it costs more than everything else a hit does. An entry that leaves the memory tier
 * leaves here too, so nothing is held beyond its bounds, and whether an entry may answer is asked as for any other.
 */
export class Front {
  readonly #entries = new Map<unknown, MemoryEntry>();

  constructor(
    private readonly region: RegionRuntime,
    private readonly reads: GetOrLoad,
    private readonly memory: MemoryTier,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  /** The value for an argument, if it is known here and may answer now. */
  hit(argument: unknown): Promise<unknown> | undefined {
    const entry = this.#entries.get(argument);
    if (entry === undefined) return undefined;
    // the order of eviction must learn that the entry is in use, but not of every hit
    if (entry.countHit()) this.memory.get(entry.key);
    return this.reads.serve(this.region, entry);
  }

  /** The same by key, for an argument that is not known here yet. */
  find(argument: unknown, key: string): Promise<unknown> | undefined {
    const entry = this.memory.get(key);
    if (entry === undefined) return undefined;
    this.#remember(argument, entry);
    return this.reads.serve(this.region, entry);
  }

  /** Only texts and numbers are taken, by which a Map finds exactly what the key's text would; but not zeros, for it takes -0 for 0. */
  #remember(argument: unknown, entry: MemoryEntry): void {
    if (typeof argument !== 'string' && (typeof argument !== 'number' || argument === 0)) return;
    if (this.#entries.get(argument) === entry) return;
    this.#entries.set(argument, entry);
    entry.onRemoval(() => {
      if (this.#entries.get(argument) === entry) this.#entries.delete(argument);
    });
  }
}
