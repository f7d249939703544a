import type { Clock } from '../contracts/clock.js';
import type { Flight, Flights, Seat } from '../flight/flights.js';
import { BatchLegs, groupsOf, Leg } from './batch-legs.js';
import type { BatchLoader, Wanted } from './batch-loader.js';
import type { CallContext } from './call-context.js';
import type { Fetch } from './fetch.js';
import type { GetOrLoad } from './get-or-load.js';
import { askNewest, isInLog } from './newest.js';
import type { Landing, LoadRequest, RegionRuntime } from './requests.js';
import type { Trip, TripSetting } from './trip.js';

/** What batches work with. */
export interface BatchParts {
  readonly reads: GetOrLoad;
  readonly flights: Flights<Landing>;
  readonly clock: Clock;
  readonly context: CallContext;
  /** The tiers behind memory, for the partition of a region. */
  readonly fetchOf: (region: RegionRuntime) => Fetch;
}

/** A key that wants a value; without a request it has no canonical form. */
export interface Passenger {
  readonly wanted: Wanted;
  readonly request: LoadRequest | undefined;
}

/** A key that another call of this process is flying. */
interface Joined {
  readonly wanted: Wanted;
  readonly request: LoadRequest;
  readonly seat: Seat;
  readonly startedAt: number;
  /** `undefined`: it failed. */
  readonly landing: Promise<Landing | undefined>;
}

/**
 * One call for many keys. Each goes the way of a single call, but together with the others: 3 all reads in one tick, 4 all
 * leases in one tick, 5 one call of the loader for what may be loaded, 6 all fills in one tick.
 * Only then, when it holds no lease and nobody waits for what it has loaded, it waits for what others load; what comes to
 * nothing is loaded by one more call and not stored. So two batches that want each other's keys never wait for each other.
 */
export class BatchFlight {
  readonly #fetch: Fetch;
  readonly #setting: TripSetting;
  readonly #legs: BatchLegs;
  readonly #joined: Joined[] = [];
  readonly #loose: { readonly wanted: Wanted; readonly seat: Seat }[] = [];

  constructor(
    private readonly parts: BatchParts,
    private readonly region: RegionRuntime,
    private readonly loader: BatchLoader,
  ) {
    const { clock, context } = parts;
    const fetch = parts.fetchOf(region);
    this.#fetch = fetch;
    this.#setting = fetch.setting(region);
    this.#legs = new BatchLegs({ fetch, clock, unit: context.unit });
  }

  /** 1 and 2 — Takes a key aboard; its value comes from memory, from a flight in the air, or from this one. */
  board({ wanted, request }: Passenger): Promise<unknown> {
    const { reads, clock, context } = this.parts;
    const hit = request && reads.fresh(this.region, request.key);
    if (hit !== undefined) return hit;
    return new Promise<unknown>((resolve, reject) => {
      const seat = { resolve, reject };
      if (request === undefined || context.loads(request.key)) {
        this.region.recorder.record({ type: 'bypassed' });
        this.#loose.push({ wanted, seat });
        return;
      }
      const flight = reads.joinable(request);
      if (flight === undefined) {
        const trip = this.#fetch.trip(request, this.#setting);
        this.#legs.all.push(new Leg(wanted, trip, reads.takeOff(request, trip, seat)));
      } else this.#joined.push({ wanted, request, seat, startedAt: clock.now(), landing: landingOf(flight) });
    });
  }

  /** Never rejects: those aboard have their values or their errors, and every flight has landed. */
  async fly(): Promise<void> {
    try {
      const held = await this.#legs.clear();
      await this.#load(this.#legs.toLoad);
      const missing = await this.#legs.outwait(held);
      const left = [...missing, ...(await this.#landings(missing.length === 0))];
      if (this.loader.failure === undefined) await this.#load(left);
      else
        for (const { trip, flight } of left) void this.#fetch.failed(trip, flight, this.loader.failure.error);
    } catch (error) {
      for (const { flight, trip } of this.#legs.all) {
        trip.patience?.cancel();
        flight.fail(error);
      }
      for (const { seat } of [...this.#joined, ...this.#loose]) seat.reject(error);
    }
  }

  /** 5 and 6 — One call of the loader, which also answers for the keys without a canonical form. */
  async #load(legs: readonly Leg[]): Promise<void> {
    const loose = this.#loose.splice(0);
    const { behind } = this.region;
    if (behind !== undefined) for (const group of groupsOf(legs)) await askNewest(group.map(tripOf));
    const asked = behind === undefined ? legs : legs.filter(({ trip }) => !isInLog(trip));
    const wanted = [...asked, ...loose].map((one) => one.wanted);
    if (legs.length + loose.length === 0) return;
    const call = () => (wanted.length === 0 ? Promise.resolve() : this.loader.call(wanted));
    const stores = legs.some(({ permit }) => permit.kind === 'lease');
    const { context } = this.parts;
    const keys = legs.map(({ trip }) => trip.request.key);
    const called = stores ? context.load(call, keys) : context.passingLoad(call, keys);
    for (const one of loose) one.seat.resolve(one.wanted.load(undefined));
    let landed: Promise<unknown> = called;
    for (const group of groupsOf(legs)) {
      const before = landed;
      const flights = group.map(({ wanted: one, permit, trip, flight }) => {
        one.after = before;
        return this.#fetch.carryOut(permit, trip, flight);
      });
      landed = Promise.all(flights);
    }
    await landed;
  }

  /** Waits for the flights that were joined; gives the keys for which none brought a value. */
  async #landings(mayRejoin: boolean): Promise<Leg[]> {
    const arrived = await Promise.all(this.#joined.map((one) => this.#arrive(one, mayRejoin)));
    const stranded = this.#joined.filter((_, i) => arrived[i] === false);
    return stranded.map(({ wanted, request, seat }) => {
      const trip = this.#fetch.trip(request);
      // alone: whoever comes now should rather join one that will be stored
      return new Leg(wanted, trip, this.parts.flights.alone(trip, seat));
    });
  }

  /**
   * A flight that an evict overtook is not enough; then the next one is joined, once. Not while others may wait for a key
   * of this call: the next flight may be one of theirs.
   */
  async #arrive({ request, seat, startedAt, landing }: Joined, mayRejoin: boolean): Promise<boolean> {
    let landed = await landing;
    if (landed?.joiners === 'again') {
      const next = mayRejoin ? this.parts.reads.joinable(request) : undefined;
      landed = next && (await landingOf(next));
    }
    if (landed?.joiners !== 'welcome') return false;
    seat.resolve(landed.held.take());
    this.region.recorder.record({ type: 'joined', ms: this.parts.clock.now() - startedAt });
    return true;
  }
}

function tripOf({ trip }: Leg): Trip {
  return trip;
}

function landingOf(flight: Flight<Landing>): Promise<Landing | undefined> {
  return flight.join().catch(() => undefined);
}
