import { LRUCache } from 'lru-cache';
import type { Clock } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import { UserFault, atOnce, faultOf } from '../contracts/user-fault.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import type { Copy } from './copy.js';
import type { Found } from './reader.js';
import type { Trip } from './trip.js';

/** Keys whose loaders failed lately that are remembered; one that is forgotten costs a load. */
const MAX_RESTING = 10_000;

/** What fail-safe works with. */
export interface FailSafeParts {
  readonly memory: MemoryTier;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

/**
 * Finds what may answer where a loader fails, and says whether it still may when that has happened. A stale value is as
 * old as its times say, and no older: it never answers when this process has heard that it was invalidated, nor, unless a
 * region wants that, when this process could not have heard.
 */
export class FailSafe {
  /** Until when loaders that failed are left alone, in monotonic milliseconds. */
  readonly #resting = new LRUCache<string, number>({ max: MAX_RESTING });

  constructor(private readonly parts: FailSafeParts) {}

  /** What may stand in for a load: what the store has; where that does not answer, what memory has. */
  copyFor(trip: Trip, found: Found | undefined): Copy | undefined {
    const { request, asksServer } = trip;
    const { failSafe } = request.policy;
    if (failSafe === undefined) return undefined;
    if (found?.kind === 'stale') return { from: 'store', held: found.held, entry: found.entry };
    const silent = found === undefined || found.kind === 'away';
    if (!silent || asksServer) return undefined;
    const entry = this.parts.memory.get(request.key);
    if (entry?.standsIn(this.parts.clock.now(), failSafe.withoutChannel) !== true) return undefined;
    return acceptable(trip, entry.held) ? { from: 'memory', held: entry.held, entry } : undefined;
  }

  /** Whether a copy may answer at this moment. */
  stands(trip: Trip, copy: Copy): boolean {
    const now = this.parts.clock.now();
    const ungated = trip.request.policy.failSafe?.withoutChannel === true;
    if (copy.from === 'memory') return copy.entry.standsIn(now, ungated);
    return trip.stillGood() && (ungated || trip.heardOf(now));
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

  /** Leaves the loader of a key alone for a while. */
  rest(key: string, ms: number): void {
    this.#resting.set(key, this.parts.clock.now() + ms);
  }

  /** Whether the loader of a key failed lately and is to be left alone. */
  resting(key: string): boolean {
    const until = this.#resting.get(key);
    if (until === undefined) return false;
    if (this.parts.clock.now() < until) return true;
    this.#resting.delete(key);
    return false;
  }

  /** The loader works again. */
  recovered(key: string): void {
    if (this.#resting.size > 0) this.#resting.delete(key);
  }
}

function acceptable({ request }: Trip, held: HeldValue): boolean {
  return request.accepts === undefined || request.accepts(held.view);
}
