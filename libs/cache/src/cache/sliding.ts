import type { Clock } from '../contracts/clock.js';
import type { EntryHeader } from '../contracts/entry.js';
import type { Store } from '../contracts/store.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { LoadRequest, RegionRuntime } from './requests.js';

/** An entry is touched when this share of its life has passed: a hit each second must not be a command each second. */
const TOUCHED_AFTER = 1 / 4;

/** Whether hits prolong an entry: one that was given a shorter life than its region's keeps it. */
export function slides({ createdAt, softExpiry }: EntryHeader, { ttlMs }: RegionRuntime): boolean {
  return softExpiry - createdAt >= ttlMs;
}

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
    if (!entry.slides || entry.freshUntil - now > ttlMs * (1 - TOUCHED_AFTER)) return;
    if (this.parts.store === undefined) entry.freshUntil = now + ttlMs;
    else if (entry.id !== '') void this.#once(entry.key, entry.id, ttlMs);
  }

  /** An entry was read from the store. */
  read({ region, key }: LoadRequest, header: EntryHeader): void {
    const { store } = this.parts;
    if (!region.sliding || store === undefined || !slides(header, region)) return;
    const { softExpiry, id } = header;
    if (softExpiry - store.serverTime(key) > region.ttlMs * (1 - TOUCHED_AFTER)) return;
    void this.#once(key, id, region.ttlMs);
  }

  /** One touch of an entry at a time: many hits may ask for it. */
  async #once(key: string, id: string, ttlMs: number): Promise<void> {
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    await this.touch(key, id, ttlMs);
    this.#underWay.delete(id);
  }

  /** Gives an entry a new life, if it is still the one with this id. Never rejects. */
  async touch(key: string, id: string, ttlMs: number): Promise<boolean> {
    const { store, memory, clock } = this.parts;
    if (store === undefined || !store.available(key)) return false;
    try {
      const sentAt = clock.now();
      const expiry = store.serverTime(key, sentAt) + ttlMs;
      const touched = await store.touch(key, id, { softExpiry: expiry, hardExpiry: expiry, ttlMs });
      const entry = memory.get(key);
      if (touched && entry?.id === id) entry.freshUntil = sentAt + ttlMs;
      return touched;
    } catch {
      return false;
    }
  }
}
