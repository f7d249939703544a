import type { PendingWrite } from './pending-write.js';
import type { RegionRuntime } from './requests.js';

/** An entry as a unit of work looks at it. */
interface Touchable {
  readonly key: string;
  carries(tags: ReadonlySet<string>): boolean;
}

/**
 * What a unit of work has changed and nobody may hear of before it is committed: keys to evict, tags to invalidate, regions
 * to clear, writes to end. What it has touched it must not read from the cache, which still holds what was before.
 */
export class UnitOfWork {
  readonly keys = new Map<RegionRuntime, Set<string>>();
  readonly tags = new Set<string>();
  readonly cleared = new Set<RegionRuntime>();
  readonly writes: PendingWrite[] = [];
  /** Ends changes of counters and rankings, whose deltas are not known to be committed. */
  readonly changes: (() => Promise<unknown>)[] = [];
  readonly #touched = new Set<string>();
  /** What still runs of it, a timer or a promise that nobody waited for, is no longer part of it. */
  ended = false;

  evict(region: RegionRuntime, keys: readonly string[]): void {
    const known = this.keys.get(region) ?? new Set<string>();
    for (const key of keys) {
      known.add(key);
      this.#touched.add(key);
    }
    this.keys.set(region, known);
  }

  invalidate(tags: readonly string[]): void {
    for (const tag of tags) {
      this.tags.add(tag);
      this.#touched.add(tag);
    }
  }

  clear(region: RegionRuntime): void {
    this.cleared.add(region);
    this.#touched.add(region.tag);
  }

  /** A write whose key is barred until the unit has ended. */
  begun(write: PendingWrite): void {
    this.writes.push(write);
    this.#touched.add(write.key);
  }

  /** Nothing of what it was to change has happened. What it has barred must be freed all the same. */
  rollBack(): void {
    this.keys.clear();
    this.tags.clear();
    this.cleared.clear();
  }

  /** Whether an entry may be from before this unit's own changes. */
  touches(entry: Touchable): boolean {
    return this.#touched.size > 0 && (this.#touched.has(entry.key) || entry.carries(this.#touched));
  }

  /** The same for a key and tags that are known by name. */
  touchesAny(key: string, tags: readonly string[]): boolean {
    return this.#touched.has(key) || tags.some((tag) => this.#touched.has(tag));
  }
}
