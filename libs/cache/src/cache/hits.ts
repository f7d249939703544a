import type { Clock } from '../contracts/clock.js';
import type { Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { Placing } from './placing.js';
import type { Hit } from './reader.js';
import { entryRefreshInMs } from './refresh.js';
import type { Landing } from './requests.js';
import type { Sliding } from './sliding.js';
import { slides } from './sliding.js';
import type { Trip } from './trip.js';

/** What hits in the store work with. */
export interface HitParts {
  readonly store: Store | undefined;
  readonly placing: Placing;
  readonly sliding: Sliding;
  readonly clock: Clock;
}

/** Where a flight landed that found its value; a class, like all that is made for every read. */
export class Arrival implements Landing {
  readonly joiners = 'welcome';

  constructor(readonly held: HeldValue) {}
}

/** What is done with an entry that was found in the store. */
export class Hits {
  constructor(private readonly parts: HitParts) {}

  /** Hands the pilot the value; `false` when it cannot be made, and the flight has failed. */
  answer(trip: Trip, { held }: Hit, flight: Flight<Landing>): boolean {
    // a stale value was quicker: the request is answered, and counted
    if (trip.answered) return true;
    try {
      // the value itself and not its promise: to resolve a promise with a promise takes two more turns of the queue
      flight.answer(held.give());
    } catch (error) {
      flight.fail(error);
      return false;
    }
    trip.request.region.recorder.record({ type: 'redis-hit', ms: this.parts.clock.now() - trip.startedAt });
    return true;
  }

  /** What a hit in Redis is followed by: a place in memory, a longer life. Gives the milliseconds until it is to be loaded anew. */
  use(trip: Trip, { held, entry }: Hit): number {
    const { region, key, policy } = trip.request;
    const { header, bytes } = entry;
    this.parts.sliding.read(trip.request, header);
    const mayRefresh = policy.refreshesAhead && !trip.asksServer;
    if (!region.memory && !mayRefresh) return Infinity;
    const { softExpiry, hardExpiry, id } = header;
    const now = this.parts.store?.serverTime(key) ?? 0;
    const due = mayRefresh ? entryRefreshInMs(trip.request, header, now) : Infinity;
    const lives = { ttlMs: softExpiry - now, graceMs: hardExpiry - softExpiry, refreshInMs: due };
    this.parts.placing.place(trip, { held, bytes, ...lives, id, slides: slides(header, trip.request) }, true);
    return due;
  }
}
