import type { Clock } from '../contracts/clock.js';
import { toMilliseconds } from '../contracts/duration.js';
import type { StaleReason } from '../contracts/events.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import { DEFAULT_THROTTLE } from '../contracts/load-policy.js';
import type { Flight } from '../flight/flights.js';
import { HeldValue } from '../tiers/held-value.js';
import type { Permit } from './clearance.js';
import { isHeld } from './clearance.js';
import type { Copy } from './copy.js';
import type { FailSafe } from './fail-safe.js';
import type { Found } from './reader.js';
import type { Landing } from './requests.js';
import type { Trip } from './trip.js';

/** What stand-ins work with. */
export interface StandInParts {
  readonly clock: Clock;
  readonly failSafe: FailSafe;
  /** What the store has by now for the key of a trip. */
  readonly lookAgain: (trip: Trip) => Promise<Found | undefined>;
}

const DEFAULT_THROTTLE_MS = toMilliseconds(DEFAULT_THROTTLE, 'throttle');

/** Answers calls with what is no longer fresh: where the loader failed, is slow, or is run by others. */
export class StandIns {
  constructor(private readonly parts: StandInParts) {}

  /**
   * Looks for what is no longer fresh and may answer: at once where the region wants that or the loader failed lately, after
   * a while, or when the loader has failed. `undefined`: it is to be loaded.
   */
  consider(trip: Trip, found: Found | undefined, flight: Flight<Landing>): Permit | undefined {
    const { failSafe, clock } = this.parts;
    const copy = failSafe.copyFor(trip, found);
    if (copy === undefined) return undefined;
    trip.replaced = copy;
    if (failSafe.resting(trip.request.key)) return { kind: 'stale', why: 'failed' };
    const { softTimeoutMs } = trip.request.policy;
    const losePatience = () => void this.#standInOrLook(trip, flight, 'slow').catch(() => undefined);
    if (softTimeoutMs === 0) losePatience();
    else if (softTimeoutMs !== undefined) trip.patience = clock.after(softTimeoutMs, losePatience);
    return undefined;
  }

  /** Whether a call waits while another process loads its key: not where something is there to go on with. */
  waits(trip: Trip): boolean {
    return trip.request.sync && !isImpatient(trip);
  }

  /** What becomes of a permit where something is there to go on with: while others load, that is taken. */
  settle(trip: Trip, permit: Permit): Permit {
    return isHeld(permit) && isImpatient(trip) ? { kind: 'stale', why: 'waiting' } : permit;
  }

  /** Answers everybody aboard with what the load would replace, if that may still answer. */
  standIn(trip: Trip, flight: Flight<Landing>, why: StaleReason): boolean {
    const copy = trip.replaced;
    if (copy === undefined || !this.parts.failSafe.stands(trip, copy)) return false;
    return this.#offer(trip, flight, copy, why);
  }

  /** What answers in place of a loader that failed, if anything may; for a while the loader is then left alone. */
  async rescue(trip: Trip, flight: Flight<Landing>, error: unknown): Promise<Copy | undefined> {
    const { failSafe } = this.parts;
    const { key, policy } = trip.request;
    if (trip.replaced === undefined) return undefined;
    if (!trip.refreshing && !failSafe.wanted(trip, error)) return undefined;
    failSafe.rest(key, throttleMs(policy));
    return trip.refreshing ? trip.replaced : this.#standInOrLook(trip, flight, 'failed');
  }

  /** Answers with what was read, or, where that may not answer any more, with what is there now. */
  async #standInOrLook(trip: Trip, flight: Flight<Landing>, why: StaleReason): Promise<Copy | undefined> {
    if (this.standIn(trip, flight, why)) return trip.replaced;
    const copy = await this.#present(trip);
    return copy !== undefined && this.#offer(trip, flight, copy, why) ? copy : undefined;
  }

  /** What was read was made stale, or could have been invalidated, meanwhile: what is there now may still do. */
  async #present(trip: Trip): Promise<Copy | undefined> {
    const found = await this.parts.lookAgain(trip);
    if (found?.kind !== 'stale' && found?.kind !== 'hit') return undefined;
    return { from: 'store', held: found.held, entry: found.entry };
  }

  #offer(trip: Trip, flight: Flight<Landing>, copy: Copy, why: StaleReason): boolean {
    if (flight.answered) return true;
    const { held } = copy;
    try {
      flight.offer({ held, joiners: 'welcome' }, held.give());
    } catch {
      // it cannot be revived any more
      return false;
    }
    trip.answered = true;
    trip.request.region.recorder.record({ type: 'stale', ms: this.parts.clock.now() - trip.startedAt, why });
    return true;
  }
}

/** How long the loader of a key is left alone after it failed. */
export function throttleMs({ failSafe }: LoadPolicy): number {
  return failSafe?.throttleMs ?? DEFAULT_THROTTLE_MS;
}

/** The landing of a flight whose callers have been given what was there. */
export function landingOf({ replaced }: Trip): Landing {
  return { held: replaced?.held ?? HeldValue.passing(undefined), joiners: 'welcome' };
}

/** Whether a call that has something to go on with would rather do so than wait. */
function isImpatient({ replaced, request }: Trip): boolean {
  return replaced !== undefined && request.policy.softTimeoutMs !== undefined;
}
