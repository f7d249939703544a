import type { Clock } from '../contracts/clock.js';
import type { Flight, Flights } from '../flight/flights.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { Coherence } from '../coherence/coherence.js';
import type { Fetch } from './fetch.js';
import type { LoadContext } from './load-context.js';
import type { Landing, LoadRequest, RegionRuntime } from './requests.js';

/** What the plan works with. */
export interface PlanParts {
  readonly memory: MemoryTier;
  readonly coherence: Coherence;
  readonly flights: Flights<Landing>;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly loads: LoadContext;
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

  /** The value of an entry in memory, if it may answer now. */
  serve(region: RegionRuntime, entry: MemoryEntry): Promise<unknown> | undefined {
    if (this.parts.loads.inside) return undefined;
    const now = this.parts.clock.now();
    if (!entry.serves(now, this.parts.coherence.gate.trustedUntil)) return undefined;
    const value = entry.held.take();
    if (region.recorder.memoryHit()) region.recorder.memoryLatency(this.parts.clock.now() - now);
    return value;
  }

  /** 2 — Flight: join the load that is in the air, or fly. */
  run(request: LoadRequest): Promise<unknown> {
    const flight = request.sync && !this.parts.loads.inside ? this.#joinable(request.key) : undefined;
    if (flight === undefined) return this.#fly(request);
    return this.#join(request, flight);
  }

  /** The stored value if there is one; loads nothing. */
  async peek(request: LoadRequest): Promise<unknown> {
    const held = await this.parts.fetch.peek(this.parts.fetch.trip(request));
    return held?.take();
  }

  /** What a flight of another caller brought; one that an evict overtook is not enough, so those aboard ask once more. */
  async #join(request: LoadRequest, first: Flight<Landing>): Promise<unknown> {
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
      const next = this.#joinable(request.key);
      if (next === undefined) return this.#fly(request);
      flight = next;
    }
  }

  /** A flight whose landing may answer a caller that comes now. */
  #joinable(key: string): Flight<Landing> | undefined {
    const { flights, coherence, clock } = this.parts;
    const flight = flights.find(key);
    if (flight === undefined) return undefined;
    return coherence.vouchesFor(flight.validity.startedAt, clock.now()) ? flight : undefined;
  }

  /** 3 to 6 — the answer comes as soon as there is a value; the flight lands when the fill was answered. */
  #fly(request: LoadRequest): Promise<unknown> {
    const { fetch, flights } = this.parts;
    return new Promise<unknown>((resolve, reject) => {
      const trip = fetch.trip(request);
      const pilot = { resolve, reject };
      fetch.run(trip, request.sync ? flights.start(request.key, trip, pilot) : flights.alone(trip, pilot));
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
