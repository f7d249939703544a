import type { Clock } from '../contracts/clock.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { MemoryEntry } from '../tiers/memory-tier.js';
import type { Trip } from './trip.js';

/** How long what nobody vouches for may live in memory, in milliseconds. */
export interface PlacingLimits {
  readonly outageTtlMs: number;
  readonly maxStalenessMs: number;
}

/** A value on its way into memory. */
export interface Placed {
  readonly held: HeldValue;
  readonly bytes: number;
  readonly ttlMs: number;
  /** How long beyond `ttlMs` it may stand in for a loader that fails. */
  readonly graceMs: number;
  /** In how many milliseconds a hit has it loaded anew; `Infinity` for never. */
  readonly refreshInMs: number;
  /** Whether hits prolong it where its region slides. */
  readonly slides: boolean;
  /** Names the entry in the store, `''` if it is not there. */
  readonly id: string;
}

/** Puts values into memory, when nothing they depend on was invalidated while they were under way. */
export class Placing {
  constructor(
    private readonly memory: MemoryTier,
    private readonly clock: Clock,
    private readonly limits: PlacingLimits,
  ) {}

  /**
   * `proven`: the value is also in the store. One that is not lives for `outageTtl` only, and so does any while the channel
   * is silent; never longer than `maxStaleness` after it was asked for, because it may be as old as that.
   */
  place(trip: Trip, value: Placed, proven: boolean): void {
    const { region, key, policy } = trip.request;
    if (!region.memory || !trip.stillGood()) return;
    const now = this.clock.now();
    const gates = trip.gates();
    const gated = proven && gates.every((gate) => now <= gate.trustedUntil);
    const lifeMs = gated ? value.ttlMs : Math.min(value.ttlMs, this.#unprovenMs(trip, now));
    if (lifeMs <= 0) return;
    const { tags } = trip;
    const terms = {
      freshUntil: now + lifeMs,
      staleUntil: now + lifeMs + graceOf(value, policy, gated),
      refreshAt: gated ? now + value.refreshInMs : Infinity,
      gates: gated ? gates : [],
      unproven: !gated,
      cells: tags.map(({ state }) => state),
      generations: tags.map(({ generation }) => generation),
      partition: region.partition,
      slides: value.slides,
      id: value.id,
    };
    this.memory.put(key, new MemoryEntry(value.held, value.bytes, terms));
  }

  #unprovenMs(trip: Trip, now: number): number {
    return Math.min(this.limits.outageTtlMs, trip.startedAt + this.limits.maxStalenessMs - now);
  }
}

/** What nobody vouches for may stand in for a failing loader only where that is wanted of all that nobody vouches for. */
function graceOf({ graceMs }: Placed, { failSafe }: LoadPolicy, gated: boolean): number {
  return gated || failSafe?.withoutChannel === true ? graceMs : 0;
}
