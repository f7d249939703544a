import type { LoadPolicy } from '../contracts/load-policy.js';

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
