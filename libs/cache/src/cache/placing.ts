import type { Coherence } from '../coherence/coherence.js';
import type { Clock } from '../contracts/clock.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryEntry } from '../tiers/memory-tier.js';
import type { Trip } from './trip.js';

/** How long what nobody vouches for may live in memory, in milliseconds. */
export interface PlacingLimits {
  readonly outageTtlMs: number;
  readonly maxStalenessMs: number;
}

/** Puts values into memory, when nothing they depend on was invalidated while they were under way. */
export class Placing {
  constructor(
    private readonly memory: MemoryTier,
    private readonly coherence: Coherence,
    private readonly clock: Clock,
    private readonly limits: PlacingLimits,
  ) {}

  /**
   * `proven`: the value is also in the store. One that is not lives for `outageTtl` only, and so does any while the channel
   * is silent; never longer than `maxStaleness` after it was asked for, because it may be as old as that.
   */
  place(trip: Trip, value: { held: HeldValue; bytes: number; ttlMs: number }, proven: boolean): void {
    if (!trip.request.region.memory || !trip.stillGood()) return;
    const now = this.clock.now();
    const gated = proven && this.coherence.trusts(now);
    const lifeMs = gated ? value.ttlMs : Math.min(value.ttlMs, this.#unprovenMs(trip, now));
    if (lifeMs <= 0) return;
    const { tags } = trip;
    this.memory.put(
      trip.request.key,
      new MemoryEntry(value.held, value.bytes, {
        freshUntil: now + lifeMs,
        ungated: !gated,
        cells: tags.map(({ state }) => state),
        generations: tags.map(({ generation }) => generation),
      }),
    );
  }

  #unprovenMs(trip: Trip, now: number): number {
    return Math.min(this.limits.outageTtlMs, trip.startedAt + this.limits.maxStalenessMs - now);
  }
}
