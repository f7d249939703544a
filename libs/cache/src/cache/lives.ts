import type { Clock } from '../contracts/clock.js';
import { graceMs } from '../contracts/load-policy.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import type { Partitions } from './partition.js';
import type { LoadRequest } from './requests.js';

/** What works on the lives of entries. */
export interface LifeParts {
  readonly partitions: Partitions;
  readonly memory: MemoryTier;
  readonly clock: Clock;
}

/** How long entries live on, asked and changed by hand. */
export class Lives {
  constructor(private readonly parts: LifeParts) {}

  /** Milliseconds for which an entry is still fresh; `undefined` when there is none. */
  async left(request: LoadRequest): Promise<number | undefined> {
    const { clock, partitions } = this.parts;
    const { fetch, store } = partitions.of(request.region);
    if (store === undefined) {
      const entry = this.#inMemory(request);
      return entry && entry.freshUntil - clock.now();
    }
    const found = await fetch.peek(fetch.trip(request));
    return found && found.entry.header.softExpiry - store.serverTime(request.key);
  }

  /** Gives an entry a new life in milliseconds; resolves to whether there was one. */
  async prolong(request: LoadRequest, ttlMs: number): Promise<boolean> {
    const { clock, partitions } = this.parts;
    const { fetch, store } = partitions.of(request.region);
    if (store === undefined) {
      const entry = this.#inMemory(request);
      entry?.prolong(clock.now() + ttlMs);
      return entry !== undefined;
    }
    // not by peek: a hit may prolong the entry by itself
    const found = await fetch.find(fetch.trip(request), undefined);
    if (found?.kind !== 'hit') return false;
    const { id, softExpiry, hardExpiry } = found.entry.header;
    // what stood in for a failing loader has a new life like any other
    const grace = Math.max(hardExpiry - softExpiry, graceMs(request.region.policy));
    return fetch.sliding.touch(request.key, id, { ttlMs, graceMs: grace });
  }

  #inMemory({ key }: LoadRequest) {
    const entry = this.parts.memory.get(key);
    return entry?.isFresh(this.parts.clock.now()) === true ? entry : undefined;
  }
}
