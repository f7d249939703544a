import type { Clock } from '../contracts/clock.js';
import type { TagNonce } from '../contracts/entry.js';
import type { ReadReply, Store } from '../contracts/store.js';
import type { OpenedEntry } from '../tiers/entry-format.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { TagTrace, Trip } from './trip.js';

/** What Redis had for a key. */
export type Found =
  | { readonly kind: 'hit'; readonly held: HeldValue; readonly entry: OpenedEntry }
  /** No longer fresh, but nothing else is wrong with it: it may answer where a loader fails. */
  | { readonly kind: 'stale'; readonly held: HeldValue; readonly entry: OpenedEntry }
  /** Nothing valid; `badId` names the invalid entry that is there, or is ''. */
  | { readonly kind: 'miss'; readonly badId: string }
  /** The store did not answer: this call does without it. */
  | { readonly kind: 'away' };

/** A hit with what is known of its entry. */
export type Hit = Extract<Found, { kind: 'hit' }>;

/** An entry that was found with its value. */
class FoundEntry<K extends Age> {
  constructor(
    readonly kind: K,
    readonly held: HeldValue,
    readonly entry: OpenedEntry,
  ) {}
}

/** What its times say of an entry. */
type Age = 'hit' | 'stale';

/** Where an entry's id ends. */
const ID_BYTES = 16;
const MISS: Found = { kind: 'miss', badId: '' };
const AWAY: Found = { kind: 'away' };
const NONE: readonly TagTrace[] = [];

/** Reads entries from the store and judges them: checksum, epoch, expiry, tags, whether the caller accepts the value. */
export class Reader {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /**
   * One read, sent together with those of other callers; nonces that are not known here come in the same round trip.
   * Calls back instead of promising: every read from Redis goes this way, and most are judged at once.
   */
  read(trip: Trip, done: (found: Found | Promise<Found>) => void): void {
    if (!this.store.available(trip.request.key)) {
      trip.budget.exhaust();
      done(AWAY);
      return;
    }
    const unknown = this.#unknown(trip);
    const names = unknown === NONE ? [] : unknown.map(({ state }) => state.tag);
    this.store.read(trip.request.key, names).then(
      (reply) => done(this.#received(trip, unknown, reply)),
      () => {
        trip.budget.exhaust();
        done(AWAY);
      },
    );
  }

  /** Whether bytes from the store may answer. */
  judge(trip: Trip, bytes: Buffer): Found | Promise<Found> {
    const { region, key } = trip.request;
    const outcome = region.format.open(bytes);
    if (outcome.kind === 'invalid') {
      region.recorder.record({ type: 'invalid-entry' });
      return { kind: 'miss', badId: outcome.id };
    }
    const { entry } = outcome;
    const now = this.clock.now();
    const age = this.#age(trip, entry, this.store.serverTime(key, now));
    if (age === undefined || entry.header.epoch !== this.store.epoch(key)) return bad(entry);
    const matches = this.#tagsMatch(trip, entry.header.tags, now);
    return matches ? this.#open(trip, entry, age) : this.#reread(trip, entry, age);
  }

  /** Whether an entry is fresh, stale and of use, or neither. `now` is the server's time. */
  #age({ request }: Trip, { header }: OpenedEntry, now: number): Age | undefined {
    if (now < header.softExpiry) return 'hit';
    return request.policy.failSafe !== undefined && now < header.hardExpiry ? 'stale' : undefined;
  }

  /** Must not throw, whatever is in the bytes: nobody would tell the caller, who would wait for ever. */
  #received(trip: Trip, asked: readonly TagTrace[], reply: ReadReply): Found | Promise<Found> {
    for (let i = 0; i < asked.length; i++) trip.learn(asked[i] as TagTrace, reply.nonces[i] ?? null);
    const { bytes } = reply;
    if (bytes === null) return MISS;
    try {
      return this.judge(trip, bytes);
    } catch {
      return { kind: 'miss', badId: bytes.toString('latin1', 0, ID_BYTES) };
    }
  }

  /** The value of an entry whose header is good. */
  #open(trip: Trip, entry: OpenedEntry, age: Age): Found {
    const { request } = trip;
    const held = entry.value();
    if (held === undefined) {
      request.region.recorder.record({ type: 'invalid-entry' });
      return bad(entry);
    }
    if (request.accepts !== undefined && !request.accepts(held.view)) return bad(entry);
    return new FoundEntry(age, held, entry);
  }

  /** Tags of the request whose nonces this process does not know, or may not trust at this moment. */
  #unknown(trip: Trip): readonly TagTrace[] {
    let unknown: TagTrace[] | undefined;
    for (const trace of trip.tags) {
      if (remembered(trip, trace, trip.startedAt) !== undefined) continue;
      (unknown ??= []).push(trace);
    }
    return unknown ?? NONE;
  }

  #tagsMatch(trip: Trip, tags: readonly TagNonce[], now: number): boolean {
    for (const { tag, nonce } of tags) {
      const trace = trip.trace(tag);
      if (trace.nonce === undefined) trip.remembered = true;
      if ((trace.nonce ?? remembered(trip, trace, now)) !== nonce) return false;
    }
    return true;
  }

  /** A nonce in memory may be older than the entry: before an entry is condemned, its tags are read from the server. */
  async #reread(trip: Trip, entry: OpenedEntry, age: Age): Promise<Found> {
    const traces = entry.header.tags.map(({ tag }) => trip.trace(tag));
    const step = await trip.budget.step(() => this.store.peekNonces(traces.map(({ state }) => state.tag)));
    if (!step.ok) return bad(entry);
    traces.forEach((trace, i) => trip.learn(trace, step.value[i] ?? null));
    const valid = entry.header.tags.every(({ nonce }, i) => traces[i]?.nonce === nonce);
    return valid ? this.#open(trip, entry, age) : bad(entry);
  }
}

/** The nonce of a tag that this process remembers, where that may be believed. */
function remembered({ asksServer }: Trip, { state }: TagTrace, now: number): string | undefined {
  return asksServer || now > state.gate.trustedUntil ? undefined : state.nonce;
}

function bad(entry: OpenedEntry): Found {
  return { kind: 'miss', badId: entry.header.id };
}

/** The id of an entry that was found and may be replaced, or ''. */
export function badIdOf(found: Found): string {
  if (found.kind === 'stale') return found.entry.header.id;
  return found.kind === 'miss' ? found.badId : '';
}
