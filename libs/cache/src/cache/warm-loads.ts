import { CacheError } from '../contracts/errors.js';
import { UserFault } from '../contracts/user-fault.js';
import { BatchLoader } from './batch-loader.js';
import type { CallContext } from './call-context.js';
import type { Permit } from './clearance.js';
import { isHeld } from './clearance.js';
import type { Fetch } from './fetch.js';
import type { GetOrLoad } from './get-or-load.js';
import { askNewest, isInLog } from './newest.js';
import { badIdOf } from './reader.js';
import type { Missing } from './warm-errand.js';
import { WarmLeg } from './warm-errand.js';
import type { WarmLooks } from './warm-looks.js';
import type { WarmOutcome } from './warm-tally.js';
import type { WarmWay } from './warm-source.js';

/** What loads of a warming work with. */
export interface WarmLoadParts {
  readonly fetch: Fetch;
  readonly reads: GetOrLoad;
  readonly context: CallContext;
  readonly looks: WarmLooks;
  readonly way: WarmWay;
  /** Whether Redis, which does not answer, is given time to come back. */
  readonly isPatient: () => boolean;
}

/** `later`: somebody else is at the key, it is to be looked for again. */
export type LegOutcome = WarmOutcome | 'later';

/** Nothing is known yet: the store is to be asked. */
const UNKNOWN: Permit = { kind: 'alone', why: 'waited' };
/** Why a key is not loaded whose stale value answers for a while. */
const RESTING = new UserFault('failed a moment ago');

/** Fails a flight that nobody has joined, so that nobody hears of it. */
const LEFT = new CacheError('LOAD_TIMEOUT', 'left to others');

/**
 * Loads keys that were not found, by the same steps as a call for them: each key a flight that others may join, a lease, a
 * fill. But a key that somebody else loads is left to them, because nobody waits for it here.
 */
export class WarmLoads {
  constructor(private readonly parts: WarmLoadParts) {}

  /** The outcomes in the order of the keys. Never rejects. */
  async load(group: readonly Missing[]): Promise<readonly LegOutcome[]> {
    const legs = group.map((missing) => this.#takeOff(missing));
    const flying = legs.filter((leg) => leg !== undefined);
    try {
      await this.#clear(flying);
    } catch (error) {
      for (const { flight } of flying) flight.fail(error);
      return legs.map(() => 'failed');
    }
    const ends = new Map<WarmLeg, LegOutcome>();
    const loading = flying.filter((leg) => {
      const outcome = this.#unlessLoading(leg);
      if (outcome !== undefined) ends.set(leg, outcome);
      return outcome === undefined;
    });
    await this.#load(loading);
    return legs.map((leg) => (leg === undefined ? 'later' : (ends.get(leg) ?? outcomeOf(leg))));
  }

  /** Lists a flight for each key; `undefined` where there is one already. */
  #takeOff(missing: Missing): WarmLeg | undefined {
    const { reads, fetch } = this.parts;
    const { request, trip, found, errand } = missing;
    if (reads.joinable(request) !== undefined) return undefined;
    errand.ended = undefined;
    const leg = new WarmLeg(missing, reads.takeOff(request, trip, errand.pilot));
    // for whoever joins: what is stale may answer them while this load goes on, or where it fails
    leg.permit =
      fetch.standIns.consider(trip, found, leg.flight) ?? fetch.atOnce(found, undefined) ?? UNKNOWN;
    return leg;
  }

  /** The right to load, for all together. */
  async #clear(legs: readonly WarmLeg[]): Promise<void> {
    const { fetch } = this.parts;
    const unknown = legs.filter(({ permit }) => permit === UNKNOWN);
    if (unknown.length === 0) return;
    const permits = await fetch.clearance?.ofAll(unknown.map(missed), false);
    unknown.forEach((leg, i) => (leg.permit = permits?.[i] ?? leg.permit));
    const waited = unknown.filter(({ permit, flight }) => isHeld(permit) && flight.isJoined);
    await Promise.all(waited.map((leg) => this.#waitFor(leg)));
  }

  /** Somebody has joined meanwhile, and must get an answer. */
  async #waitFor(leg: WarmLeg): Promise<void> {
    const { standIns, clearance } = this.parts.fetch;
    const { trip } = leg.missing;
    const permit = await clearance?.of(missed(leg), standIns.waits(trip));
    leg.permit = standIns.settle(trip, permit ?? leg.permit);
  }

  /** What becomes of a key that is not loaded; `undefined` for one that is. */
  #unlessLoading(leg: WarmLeg): LegOutcome | undefined {
    const { permit, flight, missing } = leg;
    const { fetch } = this.parts;
    if (permit.kind === 'hit' || permit.kind === 'stale') {
      void fetch.carryOut(permit, missing.trip, flight);
      if (permit.kind === 'hit') return 'fresh';
      missing.errand.ended = { kind: 'failed', error: RESTING };
      return permit.why === 'waiting' ? 'later' : 'failed';
    }
    const without = flight.isJoined ? undefined : this.#reasonToLeave(permit);
    if (without === undefined) return undefined;
    missing.trip.patience?.cancel();
    flight.fail(LEFT);
    return without;
  }

  #reasonToLeave(permit: Permit): 'later' | 'skipped' | undefined {
    if (permit.kind !== 'alone') return undefined;
    const { isPatient, looks } = this.parts;
    const isAway = permit.why === 'unavailable';
    if (permit.why !== undefined && !isAway) return 'later';
    if (isAway && isPatient()) return 'later';
    return looks.hasRoom ? undefined : 'skipped';
  }

  async #load(legs: readonly WarmLeg[]): Promise<void> {
    const { fetch, way } = this.parts;
    if (way.kind === 'many' && legs.length > 0) await this.#callAll(new BatchLoader(way.loadMany), legs);
    await Promise.all(
      legs.map(({ permit, missing, flight }) => fetch.carryOut(permit, missing.trip, flight)),
    );
  }

  /** Calls a loader of many for what no log has. */
  async #callAll(loader: BatchLoader, legs: readonly WarmLeg[]): Promise<void> {
    const trips = legs.map(({ missing }) => missing.trip);
    if (trips.every(({ request }) => request.region.behind === undefined)) return this.#call(loader, legs);
    await askNewest(trips);
    const asked = legs.filter(({ missing }) => !isInLog(missing.trip));
    if (asked.length > 0) this.#call(loader, asked);
  }

  /** Calls a loader of many for all; what it brings is fetched by the load of each. */
  #call(loader: BatchLoader, legs: readonly WarmLeg[]): void {
    const { context } = this.parts;
    const keys = legs.map(({ missing }) => missing.request.key);
    const call = () => loader.call(legs.map(({ missing }) => missing.errand.wanted));
    const stores = legs.some(({ permit }) => permit.kind === 'lease');
    void (stores ? context.load(call, keys) : context.passingLoad(call, keys));
  }
}

function missed({ missing: { trip, found } }: WarmLeg) {
  return { trip, badId: found === undefined ? '' : badIdOf(found) };
}

function outcomeOf({ missing }: WarmLeg): LegOutcome {
  return missing.errand.ended?.kind ?? 'later';
}
