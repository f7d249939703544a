import type { Latency, LatencyBlend } from './latency.js';
import type { RegionCounts, RegionFigures, UnstoredCounts } from './region-figures.js';
import { noCounts, nothingUnstored } from './region-figures.js';
import type { RegionStats, TiersStats, TierStats } from './stats.js';

/** The statistics of some regions together; of one, given one. The blend is overwritten. */
export function regionStats(regions: readonly RegionFigures[], blend: LatencyBlend): RegionStats {
  const { loaded, ...counts } = sumOf(noCounts(), regions, (region) => region.counts);
  const {
    redisHits,
    joined,
    stale,
    refreshed,
    loadsFailed,
    loadErrors,
    bypassed,
    warmed,
    warmingFailed,
    ...kept
  } = counts;
  const memoryHits = regions.reduce((sum, region) => sum + region.memoryHits, 0);
  const loads = loaded + refreshed + loadsFailed;
  const misses = loaded + loadErrors;
  const hits = memoryHits + redisHits + joined + stale;
  const requests = hits + misses;
  return {
    requests,
    hits,
    misses,
    memoryHits,
    redisHits,
    joined,
    stale,
    loads,
    refreshed,
    loadsFailed,
    loadErrors,
    warmed,
    warmingFailed,
    bypassed,
    hitRate: requests === 0 ? null : Math.max(0, 1 - loads / requests),
    errorRate: requests === 0 ? null : loadErrors / requests,
    ...responseTimes(regions, memoryHits, blend),
    tiers: tiers(
      regions,
      { memory: memoryHits, redis: redisHits, load: loads + warmed + warmingFailed },
      blend,
    ),
    ...kept,
    unstored: sumOf<UnstoredCounts>(nothingUnstored(), regions, (region) => region.unstored),
  };
}

/** Over all requests: every sampled hit from memory stands for as many as there were for each sample. */
function responseTimes(regions: readonly RegionFigures[], memoryHits: number, blend: LatencyBlend) {
  blend.reset().add(regions.map((region) => region.memory));
  if (blend.count > 0) blend.multiply(memoryHits / blend.count);
  return blend.add(regions.map((region) => region.beyondMemory)).summary();
}

function tiers(
  regions: readonly RegionFigures[],
  counts: Readonly<Record<keyof TiersStats, number>>,
  blend: LatencyBlend,
): TiersStats {
  const tier = (count: number, latencyOf: (region: RegionFigures) => Latency): TierStats => {
    blend.reset().add(regions.map(latencyOf));
    return { count, timed: blend.count, ...blend.summary() };
  };
  return {
    memory: tier(counts.memory, (region) => region.memory),
    redis: tier(counts.redis, (region) => region.redis),
    load: tier(counts.load, (region) => region.loader),
  };
}

function sumOf<C extends RegionCounts | UnstoredCounts>(
  zero: C,
  regions: readonly RegionFigures[],
  countsOf: (region: RegionFigures) => C,
): C {
  const names = Object.keys(zero) as (keyof C)[];
  const sums = zero as Record<keyof C, number>;
  for (const region of regions) {
    const counts = countsOf(region) as Record<keyof C, number>;
    for (const name of names) sums[name] += counts[name];
  }
  return zero;
}
