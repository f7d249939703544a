import type { Clock } from '../contracts/clock.js';
import { runningLoads } from '../contracts/load-context.js';
import type { Flight, Flights } from '../flight/flights.js';
import { Seat } from '../flight/flights.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { CallContext } from './call-context.js';
import type { Fetch } from './fetch.js';
import { unrevivable } from './given.js';
import { peekNewest } from './newest.js';
import type { Landing, LoadRequest, RegionRuntime, Running } from './requests.js';
import type { Trip } from './trip.js';

/** Nobody waits for a refresh. */
const NOBODY = new Seat(
  () => undefined,
  () => undefined,
);

/** What the plan works with. */
export interface PlanParts {
  readonly memory: MemoryTier;
  readonly flights: Flights<Landing>;
  readonly clock: Clock;
  readonly context: CallContext;
  /** The tiers behind memory, for the partition of a region. */
  readonly fetchOf: (region: RegionRuntime) => Fetch;
}

/**
 * The way of a cached call:
 * 1 memory, 2 a flight that is already in the air, 3 one read from Redis, 4 the lease, 5 the loader, 6 the fill.
 * Steps 3 to 6 belong to the one caller per process that flies (`Fetch`); all others share its landing.
 */
export class GetOrLoad {
  constructor(private readonly parts: PlanParts) {}

  /** 1 — Memory: the value if it may answer now, without waiting for anybody. */
  fromMemory(region: RegionRuntime, key: string): Promise<unknown> | undefined {
    const entry = region.memory ? this.parts.memory.get(key) : undefined;
    return entry === undefined ? undefined : this.serve(region, entry);
  }

  /** The value of an entry in memory, if it may answer now and nothing else is to be done. */
  serve(region: RegionRuntime, entry: MemoryEntry): Promise<unknown> | undefined {
    const now = this.parts.clock.now();
    return entry.serves(now) ? this.#take(region, entry, now) : undefined;
  }

  /** The value of a key in memory, if it may answer now, also where a refresh is due. */
  fresh(region: RegionRuntime, key: string): Promise<unknown> | undefined {
    const entry = region.memory ? this.parts.memory.get(key) : undefined;
    const now = this.parts.clock.now();
    return entry?.isFresh(now) === true ? this.#take(region, entry, now) : undefined;
  }

  #take(region: RegionRuntime, entry: MemoryEntry, now: number): Promise<unknown> | undefined {
    const { clock, context } = this.parts;
    if (context.loading || context.unit?.touches(entry) === true) return undefined;
    const value = this.#valueOf(region, entry);
    if (value === undefined) return undefined;
    if (region.sliding) this.parts.fetchOf(region).sliding.hit(region, entry, now);
    if (region.recorder.memoryHit()) region.recorder.memoryLatency(clock.now() - now);
    return value;
  }

  /** One that cannot be revived any more is of no use to anybody. */
  #valueOf(region: RegionRuntime, entry: MemoryEntry): Promise<unknown> | undefined {
    try {
      return entry.held.taken();
    } catch (error) {
      this.parts.memory.remove(entry.key);
      return unrevivable(region, error);
    }
  }

  /** 2 — Flight: join the load that is in the air, or fly. */
  run(given: LoadRequest): Promise<unknown> {
    const { context } = this.parts;
    // part of that load: what its loader says is said of the same value
    if (context.loads(given.key)) return given.load(runningLoads.current as Running);
    const { otherRecorder } = context;
    const request = otherRecorder === undefined ? given : { ...given, region: otherRecorder(given.region) };
    if (request.policy.refreshesAhead) {
      const fresh = this.#refreshing(request);
      if (fresh !== undefined) return fresh;
    }
    const flight = this.joinable(request);
    return flight === undefined ? this.#fly(request) : this.join(request, flight);
  }

  /** The stored value if there is one; loads nothing. */
  async peek(request: LoadRequest): Promise<unknown> {
    const inMemory = this.fresh(request.region, request.key);
    if (inMemory !== undefined) return inMemory;
    const fetch = this.parts.fetchOf(request.region);
    const found = await fetch.peek(fetch.trip(request));
    if (found !== undefined || request.region.behind === undefined) return found?.held.take();
    return peekNewest(request);
  }

  /** A flight whose landing may answer a caller that comes now. */
  joinable({ region, key, sync }: LoadRequest): Flight<Landing> | undefined {
    const { flights, clock, context } = this.parts;
    if (!sync || region.strict || context.loading || context.unit !== undefined) return undefined;
    const flight = flights.find(key);
    return flight?.validity.vouched(clock.now()) === true ? flight : undefined;
  }

  /** What a flight of another caller brought; one that an evict overtook is not enough, so those aboard ask once more. */
  async join(request: LoadRequest, first: Flight<Landing>): Promise<unknown> {
    const startedAt = this.parts.clock.now();
    let flight = first;
    for (let round = 1; ; round++) {
      const landed = await this.#landed(request, flight, startedAt);
      if (landed === undefined || landed.joiners === 'alone') return this.#fly({ ...request, sync: false });
      if (landed.joiners === 'welcome' || round === 2) {
        const value = await landed.held.take();
        request.region.recorder.record({ type: 'joined', ms: this.parts.clock.now() - startedAt });
        return value;
      }
      const next = this.joinable(request);
      if (next === undefined) return this.#fly(request);
      flight = next;
    }
  }

  /** A flight of one's own; others may join it, but not inside a unit of work, nor where every read must ask the server. */
  takeOff(request: LoadRequest, trip: Trip, pilot: Seat): Flight<Landing> {
    const { flights, context } = this.parts;
    const shared = request.sync && !request.region.strict && context.unit === undefined;
    return shared ? flights.start(request.key, trip, pilot) : flights.alone(trip, pilot);
  }

  /** A value that is fresh, and is loaded anew by this call for those who come later: nobody waits for that. */
  #refreshing(request: LoadRequest): Promise<unknown> | undefined {
    const { memory, flights } = this.parts;
    const { region, key } = request;
    const fresh = this.fresh(region, key);
    // what is loaded inside a unit of work may be what is never committed
    const entry = this.parts.context.unit === undefined && fresh ? memory.get(key) : undefined;
    const fetch = this.parts.fetchOf(region);
    if (entry === undefined || flights.find(key) !== undefined || !fetch.ahead.allows(request)) return fresh;
    const trip = fetch.trip(request);
    fetch.ahead.ofMemory(trip, entry, flights.start(key, trip, NOBODY));
    return fresh;
  }

  /** 3 to 6 — the answer comes as soon as there is a value; the flight lands when the fill was answered. */
  #fly(request: LoadRequest): Promise<unknown> {
    const { unit } = this.parts.context;
    const fetch = this.parts.fetchOf(request.region);
    return new Promise<unknown>((resolve, reject) => {
      const trip = fetch.trip(request);
      const flight = this.takeOff(request, trip, new Seat(resolve, reject));
      if (unit === undefined) fetch.run(trip, flight);
      else void fetch.runUnfilled(trip, flight, unit);
    });
  }

  /** A landing one may wait for; `undefined` when the load failed and its failure is not ours to share. */
  async #landed(
    request: LoadRequest,
    flight: Flight<Landing>,
    startedAt: number,
  ): Promise<Landing | undefined> {
    try {
      return await flight.join();
    } catch (error) {
      if (request.share === 'storable') return undefined;
      request.region.recorder.record({ type: 'load-error', ms: this.parts.clock.now() - startedAt });
      throw error;
    }
  }
}
