import type { Keep, RegionRuntime } from './requests.js';

/** Whether and how long to keep a value: `undefined` never, `null` as long as the region's `nullTtl`, nothing with a TTL of 0. */
export function keepFor(region: RegionRuntime, value: unknown, ttlMs?: number): Keep {
  if (value === undefined) return { kind: 'leave', why: 'declined' };
  const ms = ttlMs ?? (value === null ? region.nullTtlMs : region.ttlMs);
  return ms > 0 ? { kind: 'keep', ttlMs: ms } : { kind: 'leave', why: 'declined' };
}
