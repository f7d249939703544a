import type { Coherence } from '../coherence/coherence.js';
import type { Clock } from '../contracts/clock.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryEntry } from '../tiers/memory-tier.js';
import type { Trip } from './trip.js';

/** Puts values into memory, when nothing they depend on was invalidated while they were under way. */
export class Placing {
  constructor(
    private readonly memory: MemoryTier,
    private readonly coherence: Coherence,
    private readonly clock: Clock,
    private readonly outageTtlMs: number,
  ) {}

  /** `proven`: the value is also in the store. One that is not lives for `outageTtl` only, and so does any while the channel is silent. */
  place(trip: Trip, value: { held: HeldValue; bytes: number; ttlMs: number }, proven: boolean): void {
    if (!trip.request.region.memory || !trip.stillGood()) return;
    const now = this.clock.now();
    const gated = proven && this.coherence.trusts(now);
    const { tags } = trip;
    this.memory.put(
      trip.request.key,
      new MemoryEntry(value.held, value.bytes, {
        freshUntil: now + (gated ? value.ttlMs : Math.min(value.ttlMs, this.outageTtlMs)),
        ungated: !gated,
        cells: tags.map(({ state }) => state),
        generations: tags.map(({ generation }) => generation),
      }),
    );
  }
}
