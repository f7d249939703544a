import { LRUCache } from 'lru-cache';
import type { Clock } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import { UserFault, atOnce, faultOf } from '../contracts/user-fault.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryEntry, MemoryTier } from '../tiers/memory-tier.js';
import type { Copy, StoredCopy } from './copy.js';
import type { Found } from './reader.js';
import type { Trip } from './trip.js';

/** Keys whose loaders failed lately that are remembered; one that is forgotten costs a load. */
const MAX_RESTING = 10_000;

/** What fail-safe works with. */
export interface FailSafeParts {
  readonly memory: MemoryTier;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** The time of the server of a key, in milliseconds since 1970. */
  readonly serverTime: (key: string) => number;
}

/**
 * Finds what may answer where a loader fails, and says whether it still may when that has happened. A stale value is as
 * old as its times say, and no older: it never answers when this process has heard that it was invalidated, nor, unless a
 * region wants that, when this process could not have heard.
 */
export class FailSafe {
  /** Keys whose loaders failed lately. */
  readonly #failed: Rests;
  /** Keys that are not to be loaded ahead of time for a while. */
  readonly #paused: Rests;

  constructor(private readonly parts: FailSafeParts) {
    this.#failed = new Rests(parts.clock);
    this.#paused = new Rests(parts.clock);
  }

  /** What may stand in for a load: what the store has; where that does not answer, what memory has. */
  staleCopy(trip: Trip, found: Found | undefined): Copy | undefined {
    const { request, asksServer } = trip;
    const { failSafe } = request.policy;
    if (failSafe === undefined) return undefined;
    if (found?.kind === 'stale') return this.#stored(trip, found, failSafe.withoutChannel);
    const silent = found === undefined || found.kind === 'away';
    const entry = silent && !asksServer ? this.parts.memory.get(request.key) : undefined;
    if (entry === undefined || !acceptable(trip, entry.held)) return undefined;
    const stands = (failing: boolean) =>
      entry.standsIn(this.parts.clock.now(), failing && failSafe.withoutChannel);
    return stands(true) ? { from: 'memory', held: entry.held, entry, stands } : undefined;
  }

  /** What the store has, fresh or stale. */
  copyOf(trip: Trip, found: Found | undefined): StoredCopy | undefined {
    if (found?.kind !== 'hit' && found?.kind !== 'stale') return undefined;
    return this.#stored(trip, found, trip.request.policy.failSafe?.withoutChannel === true);
  }

  /** A value in memory that is fresh, and is loaded anew ahead of time. */
  freshCopy(entry: MemoryEntry): Copy {
    const stands = () => entry.isFresh(this.parts.clock.now());
    return { from: 'memory', held: entry.held, entry, stands };
  }

  #stored(
    trip: Trip,
    { kind, held, entry }: Extract<Found, { kind: 'hit' | 'stale' }>,
    withoutChannel: boolean,
  ): StoredCopy {
    const { clock, serverTime } = this.parts;
    const { softExpiry, hardExpiry } = entry.header;
    const until = clock.now() + (kind === 'hit' ? softExpiry : hardExpiry) - serverTime(trip.request.key);
    const stands = (failing: boolean) => {
      const now = clock.now();
      return now < until && trip.stillGood() && ((failing && withoutChannel) || trip.heardOf(now));
    };
    return { from: 'store', held, entry, stands };
  }

  /** Whether the region wants a stale value in place of this error. What it cannot say is yes: the value is there. */
  wanted({ request }: Trip, error: unknown): boolean {
    const { failSafe } = request.policy;
    if (failSafe?.shouldServe === undefined) return failSafe !== undefined;
    try {
      const answer = atOnce(failSafe.shouldServe(error));
      if (typeof answer === 'boolean') return answer;
      throw new UserFault('did not return true or false');
    } catch (fault) {
      const { name } = request.region;
      this.parts.reporter.once(
        `shouldServe:${name}`,
        `shouldServe of the region '${name}' ${faultOf(fault)}; stale values are served`,
      );
      return true;
    }
  }

  /** The loader of a key failed and is left alone for a while: what is stale answers. */
  rest(key: string, ms: number): void {
    this.#failed.set(key, ms);
  }

  /** Whether the loader of a key failed lately and is to be left alone. */
  resting(key: string): boolean {
    return this.#failed.has(key);
  }

  /** A key is not loaded ahead of time for a while. */
  pause(key: string, ms: number): void {
    this.#paused.set(key, ms);
  }

  /** Whether a key may be loaded ahead of time. */
  mayRefresh(key: string): boolean {
    return !this.#paused.has(key) && !this.#failed.has(key);
  }

  /** The loader works again, or somebody wants to know whether it does. */
  recovered(key: string): void {
    this.#failed.delete(key);
  }
}

/** Until when keys are let rest, in monotonic milliseconds; bounded. */
class Rests {
  readonly #until = new LRUCache<string, number>({ max: MAX_RESTING });

  constructor(private readonly clock: Clock) {}

  set(key: string, ms: number): void {
    this.#until.set(key, this.clock.now() + ms);
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (this.clock.now() < until) return true;
    this.#until.delete(key);
    return false;
  }

  delete(key: string): void {
    if (this.#until.size > 0) this.#until.delete(key);
  }
}

function acceptable({ request }: Trip, held: HeldValue): boolean {
  return request.accepts === undefined || request.accepts(held.view);
}
