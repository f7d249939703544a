import type { Coherence } from '../coherence/coherence.js';
import type { Clock } from '../contracts/clock.js';
import type { StaleReason } from '../contracts/events.js';
import type { Flight } from '../flight/flights.js';
import { Budget } from '../resilience/budget.js';
import { AheadOfTime } from './ahead.js';
import type { Permit } from './clearance.js';
import { Clearance } from './clearance.js';
import type { Copy } from './copy.js';
import type { FailSafe } from './fail-safe.js';
import type { CallContext } from './call-context.js';
import { Loading } from './loading.js';
import { Arrival, Hits } from './hits.js';
import type { Placing } from './placing.js';
import type { Found, Hit } from './reader.js';
import { badIdOf } from './reader.js';
import type { Landing, LoadRequest, RegionRuntime } from './requests.js';
import type { SharedParts } from './shared-parts.js';
import type { Sliding } from './sliding.js';
import { landingOf, StandIns } from './stand-ins.js';
import { Trip, TripSetting } from './trip.js';
import type { UnitOfWork } from './unit-of-work.js';
import type { Writers } from './writers.js';

/** What a fetch works with. Times in milliseconds. */
export interface FetchParts {
  readonly shared: SharedParts | undefined;
  readonly coherence: Coherence;
  readonly placing: Placing;
  readonly clock: Clock;
  readonly redisBudgetMs: number;
  /** How long a load that has overrun its time may go on. */
  readonly overrunMs: number;
  readonly context: CallContext;
  readonly sliding: Sliding;
  readonly writers: Writers;
  readonly failSafe: FailSafe;
}

const NOTHING: Found = { kind: 'miss', badId: '' };
const WITHOUT_STORE: Permit = { kind: 'alone', why: undefined };
const AWAY: Permit = { kind: 'alone', why: 'unavailable' };
const UNFILLED: Permit = { kind: 'alone', why: 'transaction' };

/** Steps 3 to 6 of a cached call, for the one caller of this process that makes them. */
export class Fetch {
  /** 4 — Absent with memory only. */
  readonly clearance: Clearance | undefined;
  readonly standIns: StandIns;
  readonly ahead: AheadOfTime;

  readonly #budgetFor: (key: string) => Budget;
  readonly #loading: Loading;
  readonly #hits: Hits;

  constructor(private readonly parts: FetchParts) {
    const { shared, clock, redisBudgetMs } = parts;
    this.clearance = shared && new Clearance(shared);
    const lookAgain = ({ request }: Trip) => this.#lookAgain(request);
    this.#hits = new Hits({ ...parts, store: shared?.store });
    this.standIns = new StandIns({ clock, failSafe: parts.failSafe, lookAgain });
    const carryOut = (permit: Permit, trip: Trip, flight: Flight<Landing>) =>
      this.#carryOut(permit, trip, flight);
    const { failSafe } = parts;
    this.ahead = new AheadOfTime({ clearance: this.clearance, failSafe, hits: this.#hits, carryOut });
    this.#loading = new Loading({ ...parts, clearance: this.clearance, standIns: this.standIns });
    this.#budgetFor = (key) => new Budget(clock, redisBudgetMs, () => shared?.store.timedOut(key));
  }

  /** Marks everything before anything is asked for. */
  trip(request: LoadRequest, setting = this.setting(request.region)): Trip {
    return new Trip(request, setting);
  }

  /** What trips that begin now have in common. */
  setting({ strict }: RegionRuntime): TripSetting {
    const { coherence, clock, context } = this.parts;
    return new TripSetting(coherence, this.#budgetFor, clock.now(), context.loading || strict);
  }

  /** 3 — One read from Redis; what it lacks is loaded. */
  run(trip: Trip, flight: Flight<Landing>): void {
    const { shared } = this.parts;
    const fail = (error: unknown) => flight.fail(error);
    if (shared === undefined) {
      this.#missed(trip, undefined, flight).catch(fail);
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
    if (unit === undefined) this.#hits.use(trip, found);
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
      await this.#carryOut(permit, trip, flight);
    } catch (error) {
      flight.fail(error);
    } finally {
      trip.patience?.cancel();
    }
  }

  /** The loader that was called for several keys has failed. Never rejects. */
  async failed(trip: Trip, flight: Flight<Landing>, error: unknown): Promise<void> {
    await this.#loading
      .failed(trip, flight, error, undefined)
      .catch((failure: unknown) => flight.fail(failure));
    trip.patience?.cancel();
  }

  /** What the store has by now, by its own word: what this process remembers was not enough. */
  async #lookAgain(request: LoadRequest): Promise<Copy | undefined> {
    const { coherence, clock } = this.parts;
    const trip = new Trip(request, new TripSetting(coherence, this.#budgetFor, clock.now(), true));
    return this.parts.failSafe.copyOf(trip, await this.find(trip, undefined));
  }

  async #carryOut(permit: Permit, trip: Trip, flight: Flight<Landing>): Promise<void> {
    if (permit.kind === 'lease') return this.#loading.stored(permit.token, trip, flight);
    if (permit.kind === 'alone') return this.#loading.alone(permit.why, trip, flight);
    if (permit.kind === 'stale') {
      if (!this.standIn(permit.why, trip, flight)) await this.#loading.alone('waited', trip, flight);
      return;
    }
    if (permit.shared) this.#hit(trip, permit.hit, flight);
    else if (this.#hits.answer(trip, permit.hit, flight))
      flight.land({ held: permit.hit.held, joiners: 'alone' });
  }

  /** Has what is there answer, and nothing loaded; `false` when it may not any more: it was invalidated since it was read. */
  standIn(why: StaleReason, trip: Trip, flight: Flight<Landing>): boolean {
    const copy = trip.replaced;
    if (copy === undefined || !this.standIns.standIn(trip, flight, why)) return false;
    flight.land(landingOf(copy, why === 'failed'));
    return true;
  }

  async #missed(
    trip: Trip,
    judged: Found | Promise<Found> | undefined,
    flight: Flight<Landing>,
  ): Promise<void> {
    const found = await judged;
    const permit =
      this.standIns.consider(trip, found, flight) ??
      this.atOnce(found, undefined) ??
      (await this.#clear(trip, found));
    await this.carryOut(this.standIns.settle(trip, permit), trip, flight);
  }

  async #clear(trip: Trip, found: Found | undefined): Promise<Permit> {
    const badId = found === undefined ? '' : badIdOf(found);
    return (await this.clearance?.of({ trip, badId }, this.standIns.waits(trip))) ?? WITHOUT_STORE;
  }

  #hit(trip: Trip, found: Hit, flight: Flight<Landing>): void {
    if (!this.#hits.answer(trip, found, flight)) return;
    const due = this.#hits.use(trip, found) <= 0;
    if (due && this.ahead.allows(trip.request)) this.ahead.ofStore(trip, found, flight);
    else flight.land(new Arrival(found.held));
  }
}

/** What a unit of work may see of what was found: nothing that carries a tag it has touched. */
function untouched(found: Found, unit: UnitOfWork | undefined): Found | undefined {
  if (unit === undefined || found.kind !== 'hit') return found;
  const tags = found.entry.header.tags.map(({ tag }) => tag);
  return unit.touchesAny('', tags) ? undefined : found;
}
