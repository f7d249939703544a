import type { Flight } from '../flight/flights.js';
import type { MemoryEntry } from '../tiers/memory-tier.js';
import type { Clearance, Permit } from './clearance.js';
import type { Copy } from './copy.js';
import type { FailSafe } from './fail-safe.js';
import { Arrival } from './hits.js';
import type { Hits } from './hits.js';
import type { Hit } from './reader.js';
import type { Landing, LoadRequest } from './requests.js';
import { landingOf, offerOf, throttleMs } from './stand-ins.js';
import type { Trip } from './trip.js';

/** What refreshes work with. */
export interface AheadParts {
  readonly clearance: Clearance | undefined;
  readonly failSafe: FailSafe;
  readonly hits: Hits;
  readonly carryOut: (permit: Permit, trip: Trip, flight: Flight<Landing>) => Promise<void>;
}

/** After how long a refresh is asked for again that another process was making, in milliseconds. */
const AGAIN_MS = 1_000;
const WITHOUT_STORE: Permit = { kind: 'alone', why: undefined };

/** Loads values anew that are still fresh, for those who come later; those who are here have their answer. */
export class AheadOfTime {
  constructor(private readonly parts: AheadParts) {}

  /** Whether a key may be loaded now although its value is fresh. */
  allows({ key, together }: LoadRequest): boolean {
    return together !== true && this.parts.failSafe.mayRefresh(key);
  }

  /** Begins for a value in memory. */
  ofMemory(trip: Trip, entry: MemoryEntry, flight: Flight<Landing>): void {
    this.#begin(trip, this.parts.failSafe.freshCopy(entry), entry.id, flight);
  }

  /** Begins for a value that was just read from the store. */
  ofStore(trip: Trip, hit: Hit, flight: Flight<Landing>): void {
    const copy = this.parts.failSafe.copyOf(trip, hit);
    if (copy === undefined) flight.land(new Arrival(hit.held));
    else this.#begin(trip, copy, hit.entry.header.id, flight);
  }

  #begin(trip: Trip, copy: Copy, badId: string, flight: Flight<Landing>): void {
    trip.replaced = copy;
    trip.refreshing = true;
    trip.answered = true;
    flight.offer(offerOf(copy, undefined, false));
    this.#refresh(trip, copy, badId, flight).catch((error: unknown) => flight.fail(error));
  }

  /** One process of the fleet loads; the others take what it brings when they ask again. */
  async #refresh(trip: Trip, copy: Copy, badId: string, flight: Flight<Landing>): Promise<void> {
    const { clearance, failSafe, hits, carryOut } = this.parts;
    const { key, policy } = trip.request;
    const permit = clearance === undefined ? WITHOUT_STORE : await clearance.of({ trip, badId }, false);
    if (permit.kind === 'lease' || permit === WITHOUT_STORE) {
      await carryOut(permit, trip, flight);
      // of which nothing is kept, the next hit would begin it again
      if (!trip.kept) failSafe.pause(key, throttleMs(policy));
      return;
    }
    if (permit.kind === 'hit') hits.use(trip, permit.hit);
    else failSafe.pause(key, AGAIN_MS);
    flight.land(landingOf(copy, false));
  }
}
