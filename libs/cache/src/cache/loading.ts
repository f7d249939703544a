import type { Clock } from '../contracts/clock.js';
import type { UnstoredReason } from '../contracts/events.js';
import { graceMs } from '../contracts/load-policy.js';
import type { Flight } from '../flight/flights.js';
import type { CallContext } from './call-context.js';
import type { Clearance } from './clearance.js';
import type { Copy } from './copy.js';
import type { FailSafe } from './fail-safe.js';
import type { Loaded } from './load.js';
import { runLoader } from './load.js';
import type { Placing } from './placing.js';
import { refreshInMs } from './refresh.js';
import type { Landing } from './requests.js';
import type { SharedParts } from './shared-parts.js';
import { isWhole } from './sliding.js';
import type { StandIns } from './stand-ins.js';
import { landingOf, throttleMs } from './stand-ins.js';
import type { Trip } from './trip.js';
import type { Writers } from './writers.js';

/** What loads work with. Times in milliseconds. */
export interface LoadingParts {
  readonly shared: SharedParts | undefined;
  readonly clearance: Clearance | undefined;
  readonly placing: Placing;
  readonly clock: Clock;
  readonly context: CallContext;
  readonly writers: Writers;
  readonly failSafe: FailSafe;
  readonly standIns: StandIns;
  /** How long a load that has overrun its time may go on. */
  readonly overrunMs: number;
}

/** 5 and 6 — The loader, what is done with what it brings, and what answers where it is slow or fails. */
export class Loading {
  constructor(private readonly parts: LoadingParts) {}

  /** Loads under a lease, and stores. */
  async stored(token: string, trip: Trip, flight: Flight<Landing>): Promise<void> {
    const { shared, context } = this.parts;
    await shared?.leases.hold(trip.request.key, token, async () => {
      let loaded: Loaded;
      try {
        const declare = async (tags: readonly string[]) => this.parts.clearance?.declare(trip, tags);
        loaded = await context.load(() => this.#run(trip, flight, declare), [trip.request.key]);
      } catch (error) {
        await this.failed(trip, flight, error, token);
        return;
      }
      this.parts.failSafe.recovered(trip.request.key);
      await shared.fill.run(trip, token, loaded, flight);
    });
  }

  /** Loads without the store: there is none, it does not answer, or it must not keep this value. */
  async alone(why: UnstoredReason | undefined, trip: Trip, flight: Flight<Landing>): Promise<void> {
    let loaded: Loaded;
    try {
      const declare = (tags: readonly string[]) => Promise.resolve(void trip.declare(tags));
      const run = () => this.#run(trip, flight, declare);
      loaded = await this.parts.context.passingLoad(run, [trip.request.key]);
    } catch (error) {
      await this.failed(trip, flight, error, undefined);
      return;
    }
    this.parts.failSafe.recovered(trip.request.key);
    flight.answer(loaded.held.take());
    this.#land(why, trip, loaded, flight);
  }

  /**
   * The loader has failed. A stale value answers, where there is one that still may, and for a while the loader is left alone:
   * in this process by its key, in all others, under the lease, by an entry that counts as fresh for so long.
   */
  async failed(
    trip: Trip,
    flight: Flight<Landing>,
    error: unknown,
    token: string | undefined,
  ): Promise<void> {
    const { shared, standIns } = this.parts;
    const { key, policy } = trip.request;
    const copy = await standIns.rescue(trip, flight, error);
    if (token !== undefined) {
      if (copy?.from === 'store') await shared?.fill.standIn(trip, token, copy, throttleMs(policy));
      else shared?.leases.release(key, token);
    }
    this.#end(trip, flight, copy, error);
  }

  #end(trip: Trip, flight: Flight<Landing>, copy: Copy | undefined, error: unknown): void {
    // nobody asked for a refresh: whoever joined it because the value has ended meanwhile loads by himself
    const given = trip.refreshing ? trip.replaced : copy;
    if (trip.answered && given !== undefined) return flight.land(landingOf(given, true));
    if (!trip.answered) {
      const ms = this.parts.clock.now() - trip.startedAt;
      trip.request.region.recorder.record({ type: 'load-error', ms });
    }
    flight.fail(error);
  }

  #run(
    trip: Trip,
    flight: Flight<Landing>,
    declare: (tags: readonly string[]) => Promise<void>,
  ): Promise<Loaded> {
    const { clock, overrunMs } = this.parts;
    const onOverrun = (error: unknown) => {
      const { standIns } = this.parts;
      if (!trip.answered && !standIns.standInFor(trip, flight, error))
        this.#end(trip, flight, undefined, error);
      trip.answered = true;
    };
    return runLoader(trip, { clock, declare, onOverrun, overrunMs });
  }

  #land(why: UnstoredReason | undefined, trip: Trip, loaded: Loaded, flight: Flight<Landing>): void {
    const { held } = loaded;
    const { recorder } = trip.request.region;
    const unkept = reasonToLeave(loaded);
    if (unkept !== undefined) {
      recorder.record({ type: 'unstored', why: unkept });
      flight.land({ held, joiners: trip.request.share === 'storable' ? 'alone' : 'welcome' });
      return;
    }
    const unstored = this.parts.writers.active(trip.request.key) ? 'writing' : why;
    if (unstored !== undefined) recorder.record({ type: 'unstored', why: unstored });
    if (unstored === undefined || unstored === 'unavailable')
      this.#place(trip, loaded, unstored === undefined);
    trip.kept = unstored === undefined && trip.unstorable === undefined;
    const overtaken = unstored === 'writing' || trip.unstorable === 'untimely';
    flight.land({ held, joiners: overtaken ? 'again' : 'welcome' });
  }

  /** Puts what was loaded without the store into memory, for a while or, where there is no store at all, for its life. */
  #place(trip: Trip, { held, keep, prepared, loadMs }: Loaded, proven: boolean): void {
    if (prepared === undefined || keep.kind === 'leave') return;
    trip.declareLate(keep.tags ?? []);
    if (trip.unstorable === 'untimely') return;
    const { region, policy } = trip.request;
    const { ttlMs } = keep;
    const life = { leftMs: ttlMs, wholeMs: ttlMs, loadMs };
    const lives = { ttlMs, graceMs: graceMs(policy), refreshInMs: refreshInMs(policy, life) };
    const slides = isWhole(ttlMs, region.ttlMs, policy);
    this.parts.placing.place(trip, { held, bytes: prepared.rawBytes, ...lives, id: '', slides }, proven);
  }
}

function reasonToLeave({ keep, prepared }: Loaded): UnstoredReason | undefined {
  if (keep.kind === 'leave') return keep.why;
  return prepared === undefined ? 'refused' : undefined;
}
