import type { Clock } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import type { Flight } from '../flight/flights.js';
import { FIRST_POLL_MS, LAST_POLL_MS } from '../flight/lease.js';
import type { Wanted } from './batch-loader.js';
import type { Missed, Permit } from './clearance.js';
import { isHeld, WAITED } from './clearance.js';
import type { Fetch } from './fetch.js';
import { badIdOf } from './reader.js';
import type { Landing } from './requests.js';
import type { Trip } from './trip.js';
import type { UnitOfWork } from './unit-of-work.js';

/** A key that a batch flies itself. */
export class Leg implements Missed {
  badId = '';
  permit: Permit = WAITED;

  constructor(
    readonly wanted: Wanted,
    readonly trip: Trip,
    readonly flight: Flight<Landing>,
  ) {}
}

/** What the legs of a batch work with. */
export interface LegParts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly unit: UnitOfWork | undefined;
}

/** How many keys a step sends commands for at once: far fewer than a connection may have under way. */
const AT_ONCE = 200;

/** The keys that a batch flies itself: finds out, for all of them together, what may be done about each. */
export class BatchLegs {
  readonly all: Leg[] = [];

  constructor(private readonly parts: LegParts) {}

  /** Those that are to be loaded now: under a lease, or without storing at once. */
  get toLoad(): readonly Leg[] {
    return this.all.filter(({ permit }) => !isAnswered(permit) && !isHeld(permit));
  }

  /** 3 and 4 — All reads in one tick, then all leases of what is missing; gives the keys that another process loads. */
  async clear(): Promise<readonly Leg[]> {
    const missed: Leg[] = [];
    const reads = this.all.map(async (leg) => {
      const permit = await this.#read(leg);
      if (permit === undefined) missed.push(leg);
      else this.#permit(leg, permit);
    });
    await Promise.all(reads);
    for (const group of groupsOf(missed)) {
      // one group after the other: a connection takes only so many commands at once
      const permits = await this.parts.fetch.clearance?.ofAll(group, false);
      group.forEach((leg, i) => this.#permit(leg, permits?.[i] ?? WAITED));
    }
    return missed.filter(({ permit }) => isHeld(permit));
  }

  /** Waits for what others load; gives the keys of which nothing came. */
  async outwait(held: readonly Leg[]): Promise<readonly Leg[]> {
    const { clock, fetch } = this.parts;
    const until = fetch.clearance?.waitsUntil() ?? 0;
    let waiting = await this.#lookAgain(held);
    for (let pause = FIRST_POLL_MS; waiting.length > 0 && clock.now() < until;) {
      await sleep(clock, pause);
      pause = Math.min(pause * 2, LAST_POLL_MS);
      waiting = await this.#lookAgain(waiting);
    }
    for (const leg of waiting) leg.permit = WAITED;
    return held.filter(({ permit }) => !isAnswered(permit));
  }

  /**
   * One read for all but the first, whose lease tells whether its loader has died. If so, all are asked: most keys that are
   * waited for at the same time are loaded by the same call.
   */
  async #lookAgain([first, ...others]: readonly Leg[]): Promise<readonly Leg[]> {
    if (first === undefined) return [];
    const reads = others.map(async (leg) => {
      const permit = await this.#read(leg);
      if (permit !== undefined) this.#permit(leg, permit);
    });
    await Promise.all([this.#ask(first), ...reads]);
    const waiting = others.filter(({ permit }) => isHeld(permit));
    if (isHeld(first.permit)) return [first, ...waiting];
    if (first.permit.kind === 'hit') return waiting;
    for (const group of groupsOf(waiting)) await Promise.all(group.map((leg) => this.#ask(leg)));
    return waiting.filter(({ permit }) => isHeld(permit));
  }

  async #ask(leg: Leg): Promise<void> {
    this.#permit(leg, (await this.parts.fetch.clearance?.lookAgain(leg)) ?? WAITED);
  }

  async #read(leg: Leg): Promise<Permit | undefined> {
    const { fetch, unit } = this.parts;
    const found = await fetch.find(leg.trip, unit);
    if (found !== undefined) leg.badId = badIdOf(found);
    const stale = unit === undefined ? fetch.standIns.consider(leg.trip, found, leg.flight) : undefined;
    return stale ?? fetch.atOnce(found, unit);
  }

  /** What was found is handed on at once; everything else waits for the loader. */
  #permit(leg: Leg, given: Permit): void {
    const { fetch } = this.parts;
    const permit = fetch.standIns.settle(leg.trip, given);
    const stands = permit.kind !== 'stale' || fetch.standIn(permit.why, leg.trip, leg.flight);
    leg.permit = stands ? permit : WAITED;
    if (permit.kind === 'hit') void this.parts.fetch.carryOut(permit, leg.trip, leg.flight);
  }
}

/** Whether a key has its value without a load. */
function isAnswered({ kind }: Permit): boolean {
  return kind === 'hit' || kind === 'stale';
}

/** Keys in groups that are small enough for one step. */
export function* groupsOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += AT_ONCE) yield all.slice(from, from + AT_ONCE);
}
