import type { EntryHeader } from '../contracts/entry.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import { graceMs } from '../contracts/load-policy.js';
import type { LoadRequest } from './requests.js';

/** What the moment of a refresh ahead of time depends on, in milliseconds. */
export interface Life {
  /** From now until it is stale. */
  readonly leftMs: number;
  /** From when it was written until it is stale. */
  readonly wholeMs: number;
  /** How long its load took. */
  readonly loadMs: number;
}

/**
 * In how many milliseconds a value is to be loaded anew although it is fresh: `Infinity` for never, 0 or less for now. The
 * eager share counts from when it was written. XFetch counts from its end, by a random length that grows with its load time;
 * it is drawn once for every copy, not for every hit, which costs hits nothing and lets each process draw for itself.
 */
export function refreshInMs(policy: LoadPolicy, { leftMs, wholeMs, loadMs }: Life): number {
  const { eagerRefresh, beta } = policy;
  const eagerly = eagerRefresh === undefined ? Infinity : leftMs - wholeMs * (1 - eagerRefresh);
  if (beta === 0) return eagerly;
  const early = loadMs * beta * -Math.log(1 - Math.random());
  return Math.min(eagerly, leftMs - early);
}

/** Times since 1970 have no room for all fractions of a millisecond. */
export const ROUNDING_MS = 0.01;

/** Whether an entry stands in for one whose loader failed: what is left of its grace says so. */
export function isStandIn({ softExpiry, hardExpiry }: EntryHeader, policy: LoadPolicy): boolean {
  return hardExpiry - softExpiry < graceMs(policy) - ROUNDING_MS;
}

/**
 * The same for an entry, at a moment by its server's clock. What stands in for a failing loader is not loaded ahead of time. The
 * life of one that slides begins anew with each hit, though it was written long ago.
 */
export function entryRefreshInMs({ policy, region }: LoadRequest, header: EntryHeader, now: number): number {
  if (!policy.refreshesAhead || isStandIn(header, policy)) return Infinity;
  const { softExpiry, createdAt, loadMs } = header;
  const lifeMs = softExpiry - createdAt;
  const wholeMs = region.sliding ? Math.min(lifeMs, region.ttlMs) : lifeMs;
  return refreshInMs(policy, { leftMs: softExpiry - now, wholeMs, loadMs });
}
