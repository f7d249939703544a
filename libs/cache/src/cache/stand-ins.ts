import type { Clock } from '../contracts/clock.js';
import type { StaleReason } from '../contracts/events.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import { DEFAULT_THROTTLE_MS } from '../contracts/load-policy.js';
import type { Flight, Offer } from '../flight/flights.js';
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
  /** What the store has by now for the key of a trip, by its own word alone. */
  readonly lookAgain: (trip: Trip) => Promise<Copy | undefined>;
}

/** Answers calls with what is no longer fresh: where the loader failed, is slow, or is run by others. */
export class StandIns {
  constructor(private readonly parts: StandInParts) {}

  /**
   * Looks for what is no longer fresh and may answer: at once where the region wants that or the loader failed lately, after
   * a while, or when the loader has failed. `undefined`: it is to be loaded.
   */
  consider(trip: Trip, found: Found | undefined, flight: Flight<Landing>): Permit | undefined {
    const { failSafe, clock } = this.parts;
    trip.patience?.cancel();
    trip.replaced = failSafe.staleCopy(trip, found);
    if (trip.replaced === undefined) return undefined;
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
    return copy?.stands(why === 'failed') === true && this.#offer(trip, flight, copy, why);
  }

  /** The same for a load that has overrun its time and goes on, if the region wants that. */
  standInFor(trip: Trip, flight: Flight<Landing>, error: unknown): boolean {
    return this.parts.failSafe.wanted(trip, error) && this.standIn(trip, flight, 'slow');
  }

  /** What answers in place of a loader that failed, if anything may; for a while the loader is then left alone. */
  async rescue(trip: Trip, flight: Flight<Landing>, error: unknown): Promise<Copy | undefined> {
    const { failSafe } = this.parts;
    const { key, policy } = trip.request;
    if (trip.replaced === undefined) return undefined;
    if (trip.refreshing) failSafe.pause(key, throttleMs(policy));
    if (!failSafe.wanted(trip, error)) return undefined;
    failSafe.rest(key, throttleMs(policy));
    return trip.refreshing ? trip.replaced : this.#standInOrLook(trip, flight, 'failed');
  }

  /** Answers with what was read, or, where that may not answer any more, with what is there now. */
  async #standInOrLook(trip: Trip, flight: Flight<Landing>, why: StaleReason): Promise<Copy | undefined> {
    if (this.standIn(trip, flight, why)) return trip.replaced;
    const copy = await this.parts.lookAgain(trip);
    return copy !== undefined && this.#offer(trip, flight, copy, why) ? copy : undefined;
  }

  #offer(trip: Trip, flight: Flight<Landing>, copy: Copy, why: StaleReason): boolean {
    if (flight.answered) return true;
    const { held } = copy;
    try {
      flight.offer(offerOf(copy, held.give(), why === 'failed'));
    } catch {
      // it cannot be revived any more
      return false;
    }
    trip.answered = true;
    trip.request.region.recorder.record({ type: 'stale', ms: this.parts.clock.now() - trip.startedAt, why });
    return true;
  }
}

/** A copy as those aboard a flight are offered it. */
export function offerOf(copy: Copy, value: unknown, failing: boolean): Offer<Landing> {
  return { landing: { held: copy.held, joiners: 'welcome' }, value, stands: () => copy.stands(failing) };
}

/**
 * The landing of a flight whose callers were given a copy: whoever waits for more takes it too, if it still may answer.
 * `failing`: its loader has failed.
 */
export function landingOf(copy: Copy, failing: boolean): Landing {
  return { held: copy.held, joiners: copy.stands(failing) ? 'welcome' : 'again' };
}

/** How long the loader of a key is left alone after it failed. */
export function throttleMs({ failSafe }: LoadPolicy): number {
  return failSafe?.throttleMs ?? DEFAULT_THROTTLE_MS;
}

/** Whether a call that has something to go on with would rather do so than wait. */
function isImpatient({ replaced, request }: Trip): boolean {
  return replaced !== undefined && request.policy.softTimeoutMs !== undefined;
}
