import type { Clock } from '../contracts/clock.js';
import type { EntryHeader } from '../contracts/entry.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { Store } from '../contracts/store.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import { isStandIn, ROUNDING_MS } from './refresh.js';
import type { LoadRequest, RegionRuntime } from './requests.js';

/** An entry is touched when this share of its life has passed: a hit each second must not be a command each second. */
const TOUCHED_AFTER = 1 / 4;

/** Whether hits prolong an entry: one that was given a shorter life than its region's keeps it, and a stale one that stands in. */
export function slides(header: EntryHeader, { region, policy }: LoadRequest): boolean {
  return isWhole(header.softExpiry - header.createdAt, region.ttlMs, policy) && !isStandIn(header, policy);
}

/** Whether a life in milliseconds is that of its region, but for what chance may have taken off. */
export function isWhole(lifeMs: number, ttlMs: number, { jitter }: LoadPolicy): boolean {
  return lifeMs >= ttlMs * (1 - jitter) - ROUNDING_MS;
}

/** How long an entry is fresh from now on, and how long beyond that it is kept, in milliseconds. */
export interface NewLife {
  readonly ttlMs: number;
  readonly graceMs: number;
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
  hit(region: RegionRuntime, entry: MemoryEntry, now: number): void {
    const { ttlMs } = region;
    if (!entry.slides || entry.freshUntil - now > ttlMs * (1 - TOUCHED_AFTER)) return;
    if (this.parts.store === undefined) entry.prolong(now + ttlMs);
    else if (entry.id !== '') void this.#once(entry.key, entry.id, { ttlMs, graceMs: entry.graceMs });
  }

  /** An entry was read from the store. */
  read(request: LoadRequest, header: EntryHeader): void {
    const { store } = this.parts;
    const { region, key } = request;
    if (!region.sliding || store === undefined || !slides(header, request)) return;
    const { softExpiry, hardExpiry, id } = header;
    const { ttlMs } = region;
    if (softExpiry - store.serverTime(key) > ttlMs * (1 - TOUCHED_AFTER)) return;
    void this.#once(key, id, { ttlMs, graceMs: hardExpiry - softExpiry });
  }

  /** One touch of an entry at a time: many hits may ask for it. */
  async #once(key: string, id: string, life: NewLife): Promise<void> {
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    await this.touch(key, id, life);
    this.#underWay.delete(id);
  }

  /** Gives an entry a new life, if it is still the one with this id. Never rejects. */
  async touch(key: string, id: string, { ttlMs, graceMs: grace }: NewLife): Promise<boolean> {
    const { store, memory, clock } = this.parts;
    if (store === undefined || !store.available(key)) return false;
    try {
      const sentAt = clock.now();
      const softExpiry = store.serverTime(key, sentAt) + ttlMs;
      const expiry = { softExpiry, hardExpiry: softExpiry + grace, ttlMs: ttlMs + grace };
      const touched = await store.touch(key, id, expiry);
      const entry = memory.get(key);
      if (touched && entry?.id === id) entry.prolong(sentAt + ttlMs);
      return touched;
    } catch {
      return false;
    }
  }
}
