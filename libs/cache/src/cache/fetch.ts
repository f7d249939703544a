import type { Coherence } from '../coherence/coherence.js';
import type { Clock } from '../contracts/clock.js';
import type { UnstoredReason } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { Leases } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { Permit } from './clearance.js';
import { Clearance } from './clearance.js';
import type { Fill } from './fill.js';
import type { Loaded } from './load.js';
import { runLoader } from './load.js';
import type { CallContext } from './call-context.js';
import type { Placing } from './placing.js';
import type { Found, Hit, Reader } from './reader.js';
import { badIdOf } from './reader.js';
import type { Landing, LoadRequest, RegionRuntime } from './requests.js';
import type { Sliding } from './sliding.js';
import { slides } from './sliding.js';
import type { TripSetting } from './trip.js';
import { Trip } from './trip.js';
import type { UnitOfWork } from './unit-of-work.js';
import type { Writers } from './writers.js';

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
  readonly context: CallContext;
  readonly sliding: Sliding;
  readonly writers: Writers;
}

const NOTHING: Found = { kind: 'miss', badId: '' };
const WITHOUT_STORE: Permit = { kind: 'alone', why: undefined };
const AWAY: Permit = { kind: 'alone', why: 'unavailable' };
const UNFILLED: Permit = { kind: 'alone', why: 'transaction' };

/** Steps 3 to 6 of a cached call, for the one caller of this process that makes them. */
export class Fetch {
  /** 4 — Absent with memory only. */
  readonly clearance: Clearance | undefined;

  readonly #budgetFor: (key: string) => Budget;

  constructor(private readonly parts: FetchParts) {
    const { shared, clock, redisBudgetMs } = parts;
    this.clearance = shared && new Clearance(shared);
    this.#budgetFor = (key) => new Budget(clock, redisBudgetMs, () => shared?.store.timedOut(key));
  }

  /** Marks everything before anything is asked for. */
  trip(request: LoadRequest, setting = this.setting(request.region)): Trip {
    return new Trip(request, setting);
  }

  /** What trips that begin now have in common. */
  setting({ strict }: RegionRuntime): TripSetting {
    const { coherence, clock, context } = this.parts;
    const asksServer = context.loading || strict;
    return { coherence, budgetFor: this.#budgetFor, startedAt: clock.now(), asksServer };
  }

  /** 3 — One read from Redis; what it lacks is loaded. */
  run(trip: Trip, flight: Flight<Landing>): void {
    const { shared } = this.parts;
    const fail = (error: unknown) => flight.fail(error);
    if (shared === undefined) {
      this.#loadAlone(undefined, trip, flight).catch(fail);
      return;
    }
    shared.reader.read(trip, (found) => {
      if (found instanceof Promise || found.kind !== 'hit') this.#missed(trip, found, flight).catch(fail);
      else this.#hit(trip, found, flight);
    });
  }

  /**
   * The same inside a unit of work: what the unit has not touched may come from Redis; what is loaded may show what is not
   * committed, or an old snapshot of the database, and is kept nowhere.
   */
  async runUnfilled(trip: Trip, flight: Flight<Landing>, unit: UnitOfWork): Promise<void> {
    const permit = this.atOnce(await this.find(trip, unit), unit);
    await this.carryOut(permit ?? UNFILLED, trip, flight);
  }

  get sliding(): Sliding {
    return this.parts.sliding;
  }

  /** What is stored, if there is something; loads nothing. */
  async peek(trip: Trip): Promise<Hit | undefined> {
    const { unit } = this.parts.context;
    return this.taken(trip, await this.find(trip, unit), unit);
  }

  /** The hit of a look; memory may keep it unless the look was made inside a unit of work. */
  taken(trip: Trip, found: Found | undefined, unit: UnitOfWork | undefined): Hit | undefined {
    if (found?.kind !== 'hit') return undefined;
    if (unit === undefined) this.#use(trip, found);
    return found;
  }

  /** 3 — The read alone, `undefined` where there is no store; inside a unit of work nothing that the unit has touched. */
  find(trip: Trip, unit: UnitOfWork | undefined): Promise<Found | undefined> {
    return new Promise((resolve) => this.look(trip, unit, resolve));
  }

  /** The same, calling back: a batch looks for many keys at once. */
  look(trip: Trip, unit: UnitOfWork | undefined, done: (found: Found | undefined) => void): void {
    const { shared } = this.parts;
    const { key, tags } = trip.request;
    if (shared === undefined || unit?.touchesAny(key, tags) === true) {
      done(undefined);
      return;
    }
    shared.reader.read(trip, (found) => {
      if (found instanceof Promise)
        found.then(
          (late) => done(untouched(late, unit)),
          () => done(NOTHING),
        );
      else done(untouched(found, unit));
    });
  }

  /** What can be done about a key without clearance, if anything: its value taken, or a load that is not stored. */
  atOnce(found: Found | undefined, unit: UnitOfWork | undefined): Permit | undefined {
    if (found?.kind === 'hit') return { kind: 'hit', hit: found, shared: unit === undefined };
    if (unit !== undefined) return UNFILLED;
    if (found === undefined) return WITHOUT_STORE;
    return found.kind === 'away' ? AWAY : undefined;
  }

  /** 5 and 6 — What is permitted. Never rejects: the flight lands, or fails. */
  async carryOut(permit: Permit, trip: Trip, flight: Flight<Landing>): Promise<void> {
    try {
      if (permit.kind === 'lease') await this.#load(permit.token, trip, flight);
      else if (permit.kind === 'alone') await this.#loadAlone(permit.why, trip, flight);
      else if (permit.shared) this.#hit(trip, permit.hit, flight);
      else if (this.#answer(trip, permit.hit, flight))
        flight.land({ held: permit.hit.held, joiners: 'alone' });
    } catch (error) {
      flight.fail(error);
    }
  }

  async #missed(trip: Trip, judged: Found | Promise<Found>, flight: Flight<Landing>): Promise<void> {
    const found = await judged;
    const { sync } = trip.request;
    const permit =
      this.atOnce(found, undefined) ?? (await this.clearance?.of({ trip, badId: badIdOf(found) }, sync));
    await this.carryOut(permit ?? WITHOUT_STORE, trip, flight);
  }

  async #load(token: string, trip: Trip, flight: Flight<Landing>): Promise<void> {
    const { shared, context, clock } = this.parts;
    await shared?.leases.hold(trip.request.key, token, async () => {
      const declare = async (late: readonly string[]) => this.clearance?.declare(trip, late);
      const loaded = await context.load(() => runLoader(trip, clock, declare));
      await shared.fill.run(trip, token, loaded, flight);
    });
  }

  #hit(trip: Trip, found: Hit, flight: Flight<Landing>): void {
    if (!this.#answer(trip, found, flight)) return;
    this.#use(trip, found);
    flight.land({ held: found.held, joiners: 'welcome' });
  }

  #answer(trip: Trip, { held }: Hit, flight: Flight<Landing>): boolean {
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

  /** What a hit in Redis is followed by: a place in memory, a longer life. */
  #use(trip: Trip, { held, entry }: Hit): void {
    const { region, key } = trip.request;
    this.parts.sliding.read(trip.request, entry.header);
    if (!region.memory) return;
    const { softExpiry, id } = entry.header;
    const slide = slides(entry.header, region);
    const ttlMs = softExpiry - (this.parts.shared?.store.serverTime(key) ?? 0);
    this.parts.placing.place(trip, { held, bytes: entry.bytes, ttlMs, id, slides: slide }, true);
  }

  /** Loads without the store: there is none, it does not answer, or it must not keep this value. */
  async #loadAlone(why: UnstoredReason | undefined, trip: Trip, flight: Flight<Landing>): Promise<void> {
    const loaded = await runLoader(trip, this.parts.clock, (tags) => {
      trip.declare(tags);
      return Promise.resolve();
    });
    const { held } = loaded;
    const { recorder } = trip.request.region;
    flight.answer(held.take());
    const unkept = reasonToLeave(loaded);
    if (unkept !== undefined) {
      recorder.record({ type: 'unstored', why: unkept });
      flight.land({ held, joiners: trip.request.share === 'storable' ? 'alone' : 'welcome' });
      return;
    }
    const unstored = this.parts.writers.active(trip.request.key) ? 'writing' : why;
    if (unstored !== undefined) recorder.record({ type: 'unstored', why: unstored });
    if (unstored === undefined || unstored === 'unavailable')
      this.#placeAlone(trip, loaded, unstored === undefined);
    const overtaken = unstored === 'writing' || trip.unstorable === 'untimely';
    flight.land({ held, joiners: overtaken ? 'again' : 'welcome' });
  }

  /** Puts what was loaded without the store into memory, for a while or, where there is no store at all, for its life. */
  #placeAlone(trip: Trip, { held, keep, prepared }: Loaded, proven: boolean): void {
    if (prepared === undefined || keep.kind === 'leave') return;
    trip.declareLate(keep.tags ?? []);
    if (trip.unstorable === 'untimely') return;
    const { rawBytes: bytes } = prepared;
    const slide = keep.ttlMs >= trip.request.region.ttlMs;
    this.parts.placing.place(trip, { held, bytes, ttlMs: keep.ttlMs, id: '', slides: slide }, proven);
  }
}

function reasonToLeave({ keep, prepared }: Loaded): UnstoredReason | undefined {
  if (keep.kind === 'leave') return keep.why;
  return prepared === undefined ? 'refused' : undefined;
}

/** What a unit of work may see of what was found: nothing that carries a tag it has touched. */
function untouched(found: Found, unit: UnitOfWork | undefined): Found | undefined {
  if (unit === undefined || found.kind !== 'hit') return found;
  const tags = found.entry.header.tags.map(({ tag }) => tag);
  return unit.touchesAny('', tags) ? undefined : found;
}
