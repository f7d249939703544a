import type { Clock } from '../contracts/clock.js';
import type { TagNonce } from '../contracts/entry.js';
import type { UnstoredReason } from '../contracts/events.js';
import type { FilledEntry, Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { Leases } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { Loaded } from './load.js';
import type { Placing } from './placing.js';
import type { Landing } from './requests.js';
import { nonceTtlMs } from './tag-life.js';
import type { Trip } from './trip.js';

/** An entry with what its value weighs in memory. */
interface Entry extends FilledEntry {
  readonly rawBytes: number;
}

/** What the fill works with. */
export interface FillParts {
  readonly store: Store;
  readonly leases: Leases;
  readonly placing: Placing;
  readonly clock: Clock;
  readonly redisBudgetMs: number;
}

/** 6 — The fill: stores what was loaded under the lease, and puts it into memory if the store took it. */
export class Fill {
  constructor(private readonly parts: FillParts) {}

  async run(trip: Trip, token: string, loaded: Loaded, flight: Flight<Landing>): Promise<void> {
    const { held, keep } = loaded;
    flight.answer(held.take());
    const { key, region, share } = trip.request;
    if (keep.kind === 'keep' && keep.tags !== undefined) await this.#declareLate(trip, keep.tags);
    const entry = this.#entry(trip, token, loaded);
    if (typeof entry === 'string') {
      this.parts.leases.release(key, token);
      region.recorder.record({ type: 'unstored', why: entry });
      const again = entry === 'untimely' ? 'again' : 'welcome';
      flight.land({ held, joiners: share === 'storable' ? 'alone' : again });
      return;
    }
    const { ttlMs, rawBytes: bytes } = entry;
    const stored = await this.#send(key, token, entry);
    if (stored === true) region.recorder.record({ type: 'stored', bytes: entry.bytes.length });
    else region.recorder.record({ type: 'unstored', why: stored === false ? 'fenced' : 'unavailable' });
    if (stored !== false)
      this.parts.placing.place(
        trip,
        { held, bytes, ttlMs, id: token, slides: ttlMs >= region.ttlMs },
        stored === true,
      );
    flight.land({ held, joiners: stored === false ? 'again' : 'welcome' });
  }

  /**
   * Tags that only the result told. Their nonces could not be read before the load, so the tag clocks were: what may have
   * been invalidated since is not stored.
   */
  async #declareLate(trip: Trip, tags: readonly string[]): Promise<void> {
    const { clocks, request } = trip;
    const traces = trip.declare(tags);
    if (clocks === undefined || tags.length === 0) return;
    const { store } = this.parts;
    const step = await this.#budget(request.key).step(() =>
      store.lateNonces(tags, clocks, nonceTtlMs(request.region.ttlMs)),
    );
    if (!step.ok) {
      trip.unstorable = 'unavailable';
      return;
    }
    traces.forEach((trace, i) => trip.learn(trace, step.value[i]?.nonce ?? null));
    if (!step.value.every(({ timely }) => timely)) trip.unstorable = 'untimely';
  }

  /** What is to be stored, or why nothing is. */
  #entry(trip: Trip, token: string, { keep, prepared, loadMs }: Loaded): Entry | UnstoredReason {
    if (keep.kind === 'leave') return keep.why;
    if (prepared === undefined) return 'refused';
    if (trip.unstorable !== undefined) return trip.unstorable;
    const now = this.parts.store.serverTime(trip.request.key);
    const expiry = now + keep.ttlMs;
    // not the epoch of now: a restart in between may have brought back a lease that an evict had deleted
    const header = { id: token, epoch: trip.epoch, createdAt: now, softExpiry: expiry, hardExpiry: expiry };
    const tags = nonces(trip);
    const bytes = prepared.toBytes({ ...header, loadMs, tags });
    if (bytes === undefined) return 'refused';
    return { bytes, ttlMs: keep.ttlMs, tags, rawBytes: prepared.rawBytes };
  }

  /** `undefined`: nobody knows whether it was stored. The load may have used up the call's budget, so a fill has its own. */
  async #send(key: string, token: string, entry: Entry): Promise<boolean | undefined> {
    const { store, leases } = this.parts;
    const budget = this.#budget(key);
    if (!store.available(key)) budget.exhaust();
    const step = await budget.step(() => store.fill(key, token, entry));
    if (step.ok) return step.value;
    leases.release(key, token);
    return undefined;
  }

  #budget(key: string): Budget {
    const { store, clock, redisBudgetMs } = this.parts;
    return new Budget(clock, redisBudgetMs, () => store.timedOut(key));
  }
}

function nonces(trip: Trip): TagNonce[] {
  return trip.tags
    .filter(({ carried }) => carried)
    .map(({ state, nonce }) => ({ tag: state.tag, nonce: nonce ?? '' }));
}
