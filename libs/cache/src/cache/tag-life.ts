import { graceMs } from '../contracts/load-policy.js';
import type { RegionRuntime } from './requests.js';

const DAY_MS = 86_400_000;

/**
 * How long a nonce must live, in milliseconds: longer than the entries that carry it, or they would become misses early.
 * A nonce that is lost is made anew, so a life that is too short costs hits and never truth.
 */
export function nonceTtlMs(entryTtlMs: number): number {
  return Math.max(DAY_MS, 2 * entryTtlMs);
}

/** The same for the entries of a region, whose stale values are kept for a while. */
export function regionNonceTtlMs({ ttlMs, policy }: RegionRuntime): number {
  return nonceTtlMs(ttlMs + graceMs(policy));
}
