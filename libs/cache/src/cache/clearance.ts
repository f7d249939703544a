import type { StaleReason, UnstoredReason } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import type { Ask, Leases } from '../flight/lease.js';
import type { Found, Hit, Reader } from './reader.js';
import { badIdOf } from './reader.js';
import { regionNonceTtlMs } from './tag-life.js';
import type { Trip } from './trip.js';

/** What a call is to do about a key. */
export type Permit =
  /** Take what the call would replace, though it is not fresh. */
  | { readonly kind: 'stale'; readonly why: StaleReason }
  /** Take what is stored; `shared`: memory and other callers may have it too. */
  | { readonly kind: 'hit'; readonly hit: Hit; readonly shared: boolean }
  /** Load, and fill under this lease. `waited`: others had the right in between. */
  | { readonly kind: 'lease'; readonly token: string; readonly waited: boolean }
  /** Load, but do not store; where no reason is given there is no store. */
  | { readonly kind: 'alone'; readonly why: UnstoredReason | undefined };

/** A key that was not found, or of which something invalid was found. */
export interface Missed {
  readonly trip: Trip;
  /** The id of the invalid entry that may be replaced, or ''. */
  readonly badId: string;
}

/** What clearance works with. */
export interface ClearanceParts {
  readonly store: Store;
  readonly reader: Reader;
  readonly leases: Leases;
}

/** How many invalid entries one call tries to replace before it loads without storing. */
const MAX_REPLACEMENTS = 2;
/** Came to nothing: another loads, or did so for too long. */
export const WAITED: Permit = { kind: 'alone', why: 'waited' };
const AWAY: Permit = { kind: 'alone', why: 'unavailable' };

/** 4 — What must be there before a loader may start: the right to load, the nonces of the tags, the tag clocks. */
export class Clearance {
  constructor(private readonly parts: ClearanceParts) {}

  /** Asks for all of it at the same time. `wait`: until another's load of the key has ended. */
  async of(missed: Missed, wait: boolean): Promise<Permit> {
    const [permit] = await this.ofAll([missed], wait);
    return permit ?? AWAY;
  }

  /** The same for several keys, together. */
  async ofAll(missed: readonly Missed[], wait: boolean): Promise<readonly Permit[]> {
    const trips = missed.map(({ trip }) => trip);
    for (const trip of trips) trip.epoch = this.parts.store.epoch(trip.request.key);
    const [permits] = await Promise.all([
      Promise.all(missed.map((one) => this.#ask(one, wait))),
      this.#prepare(trips),
    ]);
    const late = trips.filter((_, i) => hasWaited(permits[i]));
    if (late.length > 0) await this.#prepare(late);
    return permits;
  }

  /** When a wait that begins now ends, in monotonic milliseconds. */
  waitsUntil(): number {
    return this.parts.leases.waitsUntil();
  }

  /**
   * Whether another still loads a key. A right to load that falls to this call is given back: a batch waits for several
   * keys, and two that held some while they wait for others could wait for each other.
   */
  async lookAgain(missed: Missed): Promise<Permit> {
    const permit = await this.#ask(missed, false);
    if (permit.kind !== 'lease') return permit;
    this.parts.leases.release(missed.trip.request.key, permit.token);
    return WAITED;
  }

  /** Reads the nonces of tags into a trip, making those that are missing. */
  declare(trip: Trip, tags: readonly string[]): Promise<void> {
    trip.declare(tags);
    return this.#learn([trip], tags);
  }

  /** The right to load, or the value that somebody else has stored meanwhile. */
  async #ask({ trip, badId }: Missed, wait: boolean): Promise<Permit> {
    const { store, reader, leases } = this.parts;
    const { key, policy } = trip.request;
    // whoever loads is given up after the same time, and others with him
    const waitMs = policy.hardTimeoutMs;
    const ask: Ask = async (work) => {
      if (!store.available(key)) return undefined;
      const step = await trip.budget.poll(work);
      return step.ok ? step.value : undefined;
    };
    let bad = badId;
    for (let tries = 0; tries <= MAX_REPLACEMENTS; tries++) {
      const right = await leases.acquire({ key, badId: bad, wait, waitMs, ask });
      if (right === undefined) return AWAY;
      if (right.kind === 'unstored') return { kind: 'alone', why: right.why };
      if (right.kind === 'lease')
        return { kind: 'lease', token: right.token, waited: right.waited || tries > 0 };
      const found: Found = await reader.judge(trip, right.bytes);
      if (found.kind === 'hit') return { kind: 'hit', hit: found, shared: true };
      bad = badIdOf(found);
    }
    return WAITED;
  }

  /** The nonces of the tags, and the tag clocks where a result may name others. */
  async #prepare(trips: readonly Trip[]): Promise<void> {
    const tags = new Set<string>();
    for (const { request } of trips) for (const tag of request.tags) tags.add(tag);
    const late = trips.filter(({ request }) => request.lateTags);
    await Promise.all([this.#learn(trips, [...tags]), late.length > 0 && this.#noteClocks(late)]);
  }

  async #noteClocks(trips: readonly Trip[]): Promise<void> {
    const clocks = await this.#step(trips, (store) => store.tagClocks());
    if (clocks !== undefined) for (const trip of trips) trip.clocks = clocks;
  }

  /** One question for the tags of all; each trip learns those it knows of. */
  async #learn(trips: readonly Trip[], tags: readonly string[]): Promise<void> {
    const ttlMs = Math.max(...trips.map(({ request }) => regionNonceTtlMs(request.region)));
    const nonces = await this.#step(trips, (store) => store.nonces(tags, ttlMs));
    if (nonces === undefined) return;
    const byTag = new Map(tags.map((tag, i) => [tag, nonces[i] ?? null]));
    for (const trip of trips) {
      for (const trace of trip.tags) {
        const nonce = trace.carried ? byTag.get(trace.state.tag) : undefined;
        if (nonce !== undefined) trip.learn(trace, nonce);
      }
    }
  }

  /** A step on behalf of several trips; one without an answer leaves all of them without what they must know. */
  async #step<T>(trips: readonly Trip[], work: (store: Store) => Promise<T>): Promise<T | undefined> {
    const step = await trips[0]?.budget.step(() => work(this.parts.store));
    if (step?.ok === true) return step.value;
    for (const trip of trips) {
      trip.budget.exhaust();
      trip.unstorable = 'unavailable';
    }
    return undefined;
  }
}

/** Whether another is loading the key, and this call did not wait for it. */
export function isHeld(permit: Permit | undefined): boolean {
  return permit?.kind === 'alone' && permit.why === 'unsynced';
}

/** What such a trip read before others had the right is out of date. */
function hasWaited(permit: Permit | undefined): boolean {
  return permit?.kind === 'lease' && permit.waited;
}
