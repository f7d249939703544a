import type { Keep, RegionRuntime } from './requests.js';

/** Whether and how long to keep a value: `undefined` never, `null` as long as the region's `nullTtl`, nothing with a TTL of 0. */
export function keepFor(region: RegionRuntime, value: unknown, ttlMs?: number): Keep {
  if (value === undefined) return { kind: 'leave', why: 'declined' };
  const ms = ttlMs ?? (value === null ? region.nullTtlMs : region.ttlMs);
  return ms > 0 ? { kind: 'keep', ttlMs: ms } : { kind: 'leave', why: 'declined' };
}

/** The same with the tags that only the value tells; one whose tags cannot be computed is not kept, for nothing would condemn it. */
export function withResultTags(
  keep: Keep,
  tagsOf: () => readonly string[],
  onError: (error: unknown) => void,
): Keep {
  if (keep.kind === 'leave') return keep;
  try {
    return { ...keep, tags: tagsOf() };
  } catch (error) {
    onError(error);
    return { kind: 'leave', why: 'declined' };
  }
}

/** The same with its life shortened by chance, by a share of `jitter` at most. */
export function jittered(keep: Keep, jitter: number): Keep {
  if (keep.kind === 'leave' || jitter === 0) return keep;
  return { ...keep, ttlMs: keep.ttlMs * (1 - jitter * Math.random()) };
}
