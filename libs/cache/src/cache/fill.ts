import type { Clock } from '../contracts/clock.js';
import type { EntryHeader, TagNonce } from '../contracts/entry.js';
import type { UnstoredReason } from '../contracts/events.js';
import { graceMs } from '../contracts/load-policy.js';
import type { FilledEntry, Store } from '../contracts/store.js';
import type { Flight } from '../flight/flights.js';
import type { Leases } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { Loaded } from './load.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { StoredCopy } from './copy.js';
import type { Placing } from './placing.js';
import type { Landing } from './requests.js';
import { entryRefreshInMs } from './refresh.js';
import { slides } from './sliding.js';
import { regionNonceTtlMs } from './tag-life.js';
import type { Trip } from './trip.js';

/** An entry with its header and what its value weighs in memory. */
interface Entry extends FilledEntry {
  readonly header: EntryHeader;
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
    const stored = await this.#send(key, token, entry);
    if (stored === true) region.recorder.record({ type: 'stored', bytes: entry.bytes.length });
    else region.recorder.record({ type: 'unstored', why: stored === false ? 'fenced' : 'unavailable' });
    trip.kept = stored === true;
    if (stored !== false) this.#place(trip, held, entry, stored === true);
    flight.land({ held, joiners: stored === false ? 'again' : 'welcome' });
  }

  /**
   * Tags that only the result told. Their nonces could not be read before the load, so the tag clocks were: what may have
   * been invalidated since is not stored.
   */
  async #declareLate(trip: Trip, tags: readonly string[]): Promise<void> {
    const { clocks, request } = trip;
    const traces = trip.declare(tags);
    if (tags.length === 0) return;
    if (clocks === undefined) {
      // nobody said that the loader would name tags; next time the clocks are noted
      request.region.lateTags = true;
      trip.unstorable ??= 'untimely';
      return;
    }
    const { store } = this.parts;
    const step = await this.#budget(request.key).step(() =>
      store.lateNonces(tags, clocks, regionNonceTtlMs(request.region)),
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
    const softExpiry = now + keep.ttlMs;
    const grace = graceMs(trip.request.policy);
    // not the epoch of now: a restart in between may have brought back a lease that an evict had deleted
    const times = { createdAt: now, softExpiry, hardExpiry: softExpiry + grace, loadMs };
    const header = { id: token, epoch: trip.epoch, ...times, tags: nonces(trip) };
    const bytes = prepared.toBytes(header);
    if (bytes === undefined) {
      trip.request.region.refused('it has too many tags, or tags that are too long');
      return 'refused';
    }
    return { bytes, header, ttlMs: keep.ttlMs + grace, tags: header.tags, rawBytes: prepared.rawBytes };
  }

  /**
   * Lets the entry that is there answer a while longer, everywhere: its loader failed and is to be left alone. It is written
   * under the lease like any other, with a name of its own, so that whoever waits for the lease takes it.
   */
  async standIn(trip: Trip, token: string, { held, entry }: StoredCopy, throttleMs: number): Promise<void> {
    const { store } = this.parts;
    const { key } = trip.request;
    const now = store.serverTime(key);
    const { header, bytes: size } = entry;
    const softExpiry = Math.min(now + throttleMs, header.hardExpiry);
    if (header.softExpiry > now || softExpiry <= now) return this.parts.leases.release(key, token);
    const renewed = { ...header, id: token, softExpiry };
    const bytes = entry.toBytes(renewed);
    if (bytes === undefined) return this.parts.leases.release(key, token);
    const ttlMs = header.hardExpiry - now;
    const filled = { bytes, header: renewed, ttlMs, tags: header.tags, rawBytes: size };
    if ((await this.#send(key, token, filled)) === true) this.#place(trip, held, filled, true);
  }

  #place(trip: Trip, held: HeldValue, { header, rawBytes }: Entry, proven: boolean): void {
    const now = this.parts.store.serverTime(trip.request.key);
    const { softExpiry, hardExpiry, id } = header;
    const lives = {
      ttlMs: softExpiry - now,
      graceMs: hardExpiry - softExpiry,
      refreshInMs: entryRefreshInMs(trip.request, header, now),
    };
    this.parts.placing.place(
      trip,
      { held, bytes: rawBytes, ...lives, id, slides: slides(header, trip.request) },
      proven,
    );
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
