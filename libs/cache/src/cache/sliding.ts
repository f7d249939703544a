import type { Clock } from '../contracts/clock.js';
import type { EntryHeader } from '../contracts/entry.js';
import type { Store } from '../contracts/store.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { LoadRequest, RegionRuntime } from './requests.js';

/** An entry is touched when this share of its life has passed: a hit each second must not be a command each second. */
const TOUCHED_AFTER = 1 / 4;

/** What sliding works with; without a store entries live in memory only. */
export interface SlidingParts {
  readonly store: Store | undefined;
  readonly memory: MemoryTier;
  readonly clock: Clock;
}

/**
 * Prolongs entries of sliding regions when they are hit, also from memory: otherwise what is read all the time in one
 * process would expire in Redis.
 */
export class Sliding {
  readonly #underWay = new Set<string>();

  constructor(private readonly parts: SlidingParts) {}

  /** An entry was found in memory at `now` (monotonic milliseconds). */
  hit({ ttlMs }: RegionRuntime, entry: MemoryEntry, now: number): void {
    if (entry.freshUntil - now > ttlMs * (1 - TOUCHED_AFTER)) return;
    if (this.parts.store === undefined) entry.freshUntil = now + ttlMs;
    else if (entry.id !== '') void this.touch(entry.key, entry.id, ttlMs);
  }

  /** An entry was read from the store. */
  read({ region, key }: LoadRequest, { softExpiry, id }: EntryHeader): void {
    const { store } = this.parts;
    if (!region.sliding || store === undefined) return;
    if (softExpiry - store.serverTime(key) > region.ttlMs * (1 - TOUCHED_AFTER)) return;
    void this.touch(key, id, region.ttlMs);
  }

  /** Gives an entry a new life, if it is still the one with this id. Never rejects. */
  async touch(key: string, id: string, ttlMs: number): Promise<boolean> {
    const { store, memory, clock } = this.parts;
    if (store === undefined || this.#underWay.has(id) || !store.available(key)) return false;
    this.#underWay.add(id);
    try {
      const sentAt = clock.now();
      const expiry = store.serverTime(key, sentAt) + ttlMs;
      const touched = await store.touch(key, id, { softExpiry: expiry, hardExpiry: expiry, ttlMs });
      const entry = memory.get(key);
      if (touched && entry?.id === id) entry.freshUntil = sentAt + ttlMs;
      return touched;
    } catch {
      return false;
    } finally {
      this.#underWay.delete(id);
    }
  }
}
