import type { Clock } from '../contracts/clock.js';
import type { TagNonce } from '../contracts/entry.js';
import type { Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { Leases } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { Loaded } from './load.js';
import type { Placing } from './placing.js';
import type { Landing } from './requests.js';
import type { Trip } from './trip.js';

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
    flight.answer(loaded.held.take());
    const { key, region, share } = trip.request;
    const { keep, prepared, held } = loaded;
    if (prepared === undefined || keep.kind === 'leave' || trip.untagged) {
      this.parts.leases.release(key, token);
      const why = keep.kind === 'leave' ? keep.why : prepared === undefined ? 'refused' : 'unavailable';
      region.recorder.record({ type: 'unstored', why });
      flight.land({ held, joiners: share === 'storable' ? 'alone' : 'welcome' });
      return;
    }
    const now = this.parts.store.serverTime();
    const expiry = now + keep.ttlMs;
    const header = {
      id: token,
      epoch: this.parts.store.epoch(),
      createdAt: now,
      softExpiry: expiry,
      hardExpiry: expiry,
    };
    const bytes = prepared.toBytes({ ...header, loadMs: loaded.loadMs, tags: nonces(trip) });
    const stored = await this.#send(key, token, { bytes, ttlMs: keep.ttlMs });
    if (stored === true) region.recorder.record({ type: 'stored', bytes: bytes.length });
    else region.recorder.record({ type: 'unstored', why: stored === false ? 'fenced' : 'unavailable' });
    if (stored !== false)
      this.parts.placing.place(trip, { held, bytes: prepared.rawBytes, ttlMs: keep.ttlMs }, stored === true);
    flight.land({ held, joiners: stored === false ? 'again' : 'welcome' });
  }

  /** `undefined`: nobody knows whether it was stored. The load may have used up the call's budget, so a fill has its own. */
  async #send(
    key: string,
    token: string,
    entry: { bytes: Buffer; ttlMs: number },
  ): Promise<boolean | undefined> {
    if (!this.parts.store.available()) return undefined;
    const budget = new Budget(this.parts.clock, this.parts.redisBudgetMs, () => this.parts.store.timedOut());
    const step = await budget.step(() => this.parts.store.fill(key, token, entry.bytes, entry.ttlMs));
    if (step.ok) return step.value;
    this.parts.leases.release(key, token);
    return undefined;
  }
}

function nonces(trip: Trip): TagNonce[] {
  return trip.tags
    .filter(({ carried }) => carried)
    .map(({ state, nonce }) => ({ tag: state.tag, nonce: nonce ?? '' }));
}
