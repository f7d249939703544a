import type { Coherence } from '../coherence/coherence.js';
import type { Clock } from '../contracts/clock.js';
import type { Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { Ask, Leases, Right } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { Fill } from './fill.js';
import { runLoader } from './load.js';
import type { LoadContext } from './load-context.js';
import type { Placing } from './placing.js';
import type { Found, Reader } from './reader.js';
import type { Landing, LoadRequest } from './requests.js';
import { nonceTtlMs } from './tag-life.js';
import { Trip } from './trip.js';

/** The shared store and what works with it; absent with memory only. */
export interface SharedParts {
  readonly store: Store;
  readonly reader: Reader;
  readonly leases: Leases;
  readonly fill: Fill;
}

/** What a fetch works with. Times in milliseconds. */
export interface FetchParts {
  readonly shared: SharedParts | undefined;
  readonly coherence: Coherence;
  readonly placing: Placing;
  readonly clock: Clock;
  readonly redisBudgetMs: number;
  readonly loads: LoadContext;
}

/** How many invalid entries one call tries to replace before it loads without storing. */
const MAX_REPLACEMENTS = 2;

/** Steps 3 to 6 of a cached call, for the one caller of this process that makes them. */
export class Fetch {
  readonly #makeBudget: () => Budget;

  constructor(private readonly parts: FetchParts) {
    const { clock, redisBudgetMs, shared } = parts;
    this.#makeBudget = () => new Budget(clock, redisBudgetMs, () => shared?.store.timedOut());
  }

  /** Marks everything before anything is asked for. */
  trip(request: LoadRequest): Trip {
    const { coherence, clock, loads } = this.parts;
    const setting = { coherence, makeBudget: this.#makeBudget, startedAt: clock.now(), nested: loads.inside };
    return new Trip(request, setting);
  }

  /** 3 — One read from Redis; what it lacks is loaded. */
  run(trip: Trip, flight: Flight<Landing>): void {
    const { shared } = this.parts;
    const fail = (error: unknown) => flight.fail(error);
    if (shared === undefined) {
      this.#loadAlone(trip, flight, undefined).catch(fail);
      return;
    }
    shared.reader.read(trip, (found) => {
      if (found instanceof Promise || found.kind !== 'hit')
        this.#missed(shared, trip, found, flight).catch(fail);
      else this.#hit(trip, found, flight);
    });
  }

  /** The stored value, if there is one; loads nothing. */
  async peek(trip: Trip): Promise<HeldValue | undefined> {
    const { shared } = this.parts;
    if (shared === undefined) return undefined;
    const found = await new Promise<Found>((resolve) => shared.reader.read(trip, resolve));
    if (found.kind !== 'hit') return undefined;
    this.#keep(trip, found);
    return found.held;
  }

  async #missed(
    shared: SharedParts,
    trip: Trip,
    judged: Found | Promise<Found>,
    flight: Flight<Landing>,
  ): Promise<void> {
    const found = await judged;
    if (found.kind === 'hit') return this.#hit(trip, found, flight);
    if (found.kind === 'away') return this.#loadAlone(trip, flight, 'unavailable');
    return this.#load(shared, trip, found.badId, flight);
  }

  /** 4 — The lease; the nonces of the tags are read at the same time, for both must be done before the loader starts. */
  async #load(shared: SharedParts, trip: Trip, badId: string, flight: Flight<Landing>): Promise<void> {
    const { tags, key } = trip.request;
    trip.epoch = shared.store.epoch();
    const [right] = await Promise.all([this.#right(shared, trip, badId), this.#declare(shared, trip, tags)]);
    if (right === undefined) return this.#loadAlone(trip, flight, 'unavailable');
    if (right.kind === 'hit') return this.#hit(trip, right, flight);
    if (right.kind === 'unstored') return this.#loadAlone(trip, flight, right.why);
    await shared.leases.hold(key, right.token, async () => {
      if (right.waited) await this.#declare(shared, trip, tags);
      const loaded = await this.parts.loads.run(() =>
        runLoader(trip, this.parts.clock, (late) => this.#declare(shared, trip, late)),
      );
      await shared.fill.run(trip, right.token, loaded, flight);
    });
  }

  /** The right to load, or the value that somebody else has stored meanwhile. */
  async #right(
    shared: SharedParts,
    trip: Trip,
    badId: string,
  ): Promise<Exclude<Right, { kind: 'value' }> | Hit | undefined> {
    const ask: Ask = async (work) => {
      if (!shared.store.available()) return undefined;
      const step = await trip.budget.poll(work);
      return step.ok ? step.value : undefined;
    };
    const { key, sync } = trip.request;
    let bad = badId;
    for (let tries = 0; tries <= MAX_REPLACEMENTS; tries++) {
      const right = await shared.leases.acquire({ key, badId: bad, wait: sync, ask });
      if (right?.kind === 'lease' && tries > 0) return { ...right, waited: true };
      if (right?.kind !== 'value') return right;
      const found = await shared.reader.judge(trip, right.bytes);
      if (found.kind === 'hit') return found;
      bad = found.kind === 'miss' ? found.badId : '';
    }
    return { kind: 'unstored', why: 'waited' };
  }

  /** Reads the nonces of tags into the trip, making those that are missing. */
  async #declare(shared: SharedParts, trip: Trip, tags: readonly string[]): Promise<void> {
    const traces = trip.declare(tags);
    const ttlMs = nonceTtlMs(trip.request.region.ttlMs);
    const step = await trip.budget.step(() => shared.store.nonces(tags, ttlMs));
    if (!step.ok) trip.untagged = true;
    else traces.forEach((trace, i) => trip.learn(trace, step.value[i] ?? null));
  }

  #hit(trip: Trip, found: Hit, flight: Flight<Landing>): void {
    const { held } = found;
    try {
      // the value itself and not its promise: to resolve a promise with a promise takes two more turns of the queue
      flight.answer(held.give());
    } catch (error) {
      flight.fail(error);
      return;
    }
    this.#keep(trip, found);
    trip.request.region.recorder.record({ type: 'redis-hit', ms: this.parts.clock.now() - trip.startedAt });
    flight.land({ held, joiners: 'welcome' });
  }

  #keep(trip: Trip, { held, entry }: Hit): void {
    if (!trip.request.region.memory) return;
    const ttlMs = entry.header.softExpiry - (this.parts.shared?.store.serverTime() ?? 0);
    this.parts.placing.place(trip, { held, bytes: entry.bytes, ttlMs }, true);
  }

  /** Loads without the store: there is none, it does not answer, or it must not keep this value. */
  async #loadAlone(trip: Trip, flight: Flight<Landing>, why: AloneReason | undefined): Promise<void> {
    const loaded = await runLoader(trip, this.parts.clock, (tags) => {
      trip.declare(tags);
      return Promise.resolve();
    });
    const { prepared, keep, held } = loaded;
    flight.answer(held.take());
    const { recorder } = trip.request.region;
    if (prepared === undefined || keep.kind === 'leave') {
      recorder.record({ type: 'unstored', why: keep.kind === 'leave' ? keep.why : 'refused' });
      flight.land({ held, joiners: trip.request.share === 'storable' ? 'alone' : 'welcome' });
      return;
    }
    if (why !== undefined) recorder.record({ type: 'unstored', why });
    if (why === undefined || why === 'unavailable') {
      this.parts.placing.place(
        trip,
        { held, bytes: prepared.rawBytes, ttlMs: keep.ttlMs },
        why === undefined,
      );
    }
    flight.land({ held, joiners: why === 'writing' ? 'again' : 'welcome' });
  }
}

type Hit = Extract<Found, { kind: 'hit' }>;
type AloneReason = Extract<Right, { kind: 'unstored' }>['why'] | 'unavailable';
