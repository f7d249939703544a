import type { ServerFigures } from '../contracts/maintenance.js';
import type { WriteBehindSource, WriteBehindStats } from './behind-stats.js';
import type { LatencySummary } from './latency.js';
import type { UnstoredCounts } from './region-figures.js';

/** What the statistics need to know of the cache at this moment, beside the figures. */
export interface StatsSource {
  redis(): RedisState;
  readonly servers: { readonly latest: readonly ServerStats[] | null; refresh(): Promise<void> };
  channel(): { readonly open: boolean };
  memory(): MemoryStats;
  warnings(): Readonly<Record<string, number>>;
  readonly writeBehind: WriteBehindSource;
}

/** How Redis is doing. */
export interface RedisState {
  readonly configured: boolean;
  readonly connected: boolean;
  readonly breaker: 'open' | 'closed';
  readonly commandsInFlight: number;
  /** What the Redis user may not do, and what that costs. */
  readonly degraded: readonly string[];
}

/** The memory tier of this instance. */
export class MemoryStats {
  readonly items!: number;
  /** An estimate, what entries cost beside their payload included. */
  readonly bytes!: number;
  readonly maxItems!: number;
  readonly maxBytes!: number;
}

/** How long one step took, in milliseconds; `null` when nothing was timed. */
export class TierStats implements LatencySummary {
  /** How often the step was taken; exact. */
  readonly count!: number;
  /** How many of them were timed: a sample of the hits from memory, all hits from Redis, all loads that succeeded. */
  readonly timed!: number;
  readonly meanMs!: number | null;
  readonly p50Ms!: number | null;
  readonly p95Ms!: number | null;
  readonly p99Ms!: number | null;
}

/** Latency by tier, and of the loader by itself. */
export class TiersStats {
  readonly memory!: TierStats;
  readonly redis!: TierStats;
  readonly load!: TierStats;
}

/**
 * The figures of one region, or of several together, since the start of the instance.
 *
 * - `requests` = `hits` + `misses`; `hits` = `memoryHits` + `redisHits` + `joined` + `stale`. A miss is a request that a
 *   loader answered, or failed.
 * - `hitRate` = 1 - `loads` / `requests`: the share of requests for which no loader had to run. `loads` counts every run of
 *   one, those too that nobody waited for.
 * - A call that ran without the cache is in `bypassed` only. It asked the cache for nothing, so it counts neither for nor
 *   against the rate.
 */
export class RegionStats implements LatencySummary {
  readonly requests!: number;
  readonly hits!: number;
  readonly misses!: number;
  readonly memoryHits!: number;
  readonly redisHits!: number;
  /** Answered by a load or read that another caller of this process had begun. */
  readonly joined!: number;
  /** Answered by a value that was no longer fresh, because its loader failed or was slow. */
  readonly stale!: number;
  /** How often a loader ran, warmings apart. */
  readonly loads!: number;
  /** Those of `loads` that nobody waited for. */
  readonly refreshed!: number;
  /** Those of `loads` that failed. */
  readonly loadsFailed!: number;
  /** Requests that failed with their loader. */
  readonly loadErrors!: number;
  /** Loads of warmings that brought a value; like their reads they count neither for nor against the rate. */
  readonly warmed!: number;
  /** Loads of warmings that failed. */
  readonly warmingFailed!: number;
  readonly bypassed!: number;
  /** 0 to 1, `null` without requests. */
  readonly hitRate!: number | null;
  /** `loadErrors` / `requests`: 0 to 1, `null` without requests. */
  readonly errorRate!: number | null;
  /** From request to answer, over all `requests`; the timed hits from memory stand for those that were not timed. */
  readonly meanMs!: number | null;
  readonly p50Ms!: number | null;
  readonly p95Ms!: number | null;
  readonly p99Ms!: number | null;
  readonly tiers!: TiersStats;
  /** Values put into Redis after a load, and their bytes there. */
  readonly stored!: number;
  readonly storedBytes!: number;
  /** Values that were loaded and not kept, by reason. */
  readonly unstored!: Readonly<UnstoredCounts>;
  /** Entries in Redis that could not be read. */
  readonly invalidEntries!: number;
  readonly evictions!: number;
  readonly evictedKeys!: number;
  /** Those of `evictions` that Redis did not confirm. */
  readonly evictionsFailed!: number;
  readonly clears!: number;
  readonly clearsFailed!: number;
  readonly writes!: number;
  /** Those of `writes` that stored their value; the others evicted. */
  readonly writesStored!: number;
}

/** What one Redis server says of itself, as INFO has it. */
export class ServerStats implements ServerFigures {
  /** `host:port`. */
  readonly server!: string;
  readonly usedMemoryBytes!: number;
  /** 0: no limit but that of the machine. */
  readonly maxMemoryBytes!: number;
  /** What it does when the limit is reached: `allkeys-lru`, `noeviction` and others. */
  readonly maxMemoryPolicy!: string;
  /** Keys that it removed because it was full, since it started; those of others count too. */
  readonly evictedKeys!: number;
  /** Keys whose time was up, since it started. */
  readonly expiredKeys!: number;
  /** Keys in the database that is used, those of others among them. */
  readonly keys!: number;
}

/** What this instance has removed from Redis that nobody would have asked for any more. */
export class SweepStats {
  /** Sweeps that this instance made; of a fleet one instance makes each. */
  readonly rounds!: number;
  /** Entries and leases of versions of the application that run nowhere. */
  readonly entries!: number;
  /** What had no end, and writers of whom none was at work. */
  readonly orphans!: number;
  /** Those of `rounds` in which a server could not be looked through. */
  readonly failed!: number;
}

/** Redis as this instance sees it. */
export class RedisStats implements RedisState {
  readonly configured!: boolean;
  readonly connected!: boolean;
  readonly breaker!: 'open' | 'closed';
  readonly commandsInFlight!: number;
  /** What the Redis user may not do, and what that costs. */
  readonly degraded!: readonly string[];
  /** How often a connection became ready, and how often one was lost. */
  readonly connections!: number;
  readonly connectionsLost!: number;
  readonly breakerOpenings!: number;
  /** How often the server came back with other data: restarted or flushed. */
  readonly newEpochs!: number;
  /** Failures of connecting and of commands, by reason. */
  readonly connectionFailures!: Readonly<Record<string, number>>;
  readonly commandFailures!: Readonly<Record<string, number>>;
  /**
   * The servers, all masters of a Cluster, read at most every 10 s and only when somebody asks. `null` while nothing is known,
   * and for a user who may not use INFO.
   */
  readonly servers!: readonly ServerStats[] | null;
  readonly sweeps!: SweepStats;
}

/** How invalidations of other processes reach this one. */
export class ChannelStats {
  /** Whether it was proven lately that nothing is missed; without Redis always. */
  readonly open!: boolean;
  /** How often messages may have been lost, so that memory was emptied. */
  readonly gaps!: number;
  readonly gapReasons!: Readonly<Record<string, number>>;
}

/** Invalidations by tag that this instance made. */
export class TagStats {
  readonly invalidations!: number;
  readonly tags!: number;
  /** Those of `invalidations` that Redis did not confirm. */
  readonly invalidationsFailed!: number;
}

/** One running process. */
export class InstanceStats {
  readonly id!: string;
  /** ISO 8601, UTC. */
  readonly startedAt!: string;
  readonly uptimeMs!: number;
  readonly redis!: RedisStats;
  readonly channel!: ChannelStats;
  readonly memory!: MemoryStats;
  readonly tags!: TagStats;
  /** By region, those with write-behind only. */
  readonly writeBehind!: Readonly<Record<string, WriteBehindStats>>;
  /**
   * How often each kind of warning came up since the start; the log has one line for each. A kind names what is wrong and a
   * region, method or reason, as in `invalid-entry:community.metadata`.
   */
  readonly warnings!: Readonly<Record<string, number>>;
  /** `routes` and `values` together. A request that a route's handler passes on to a cached method counts in both. */
  readonly totals!: RegionStats;
  /** Responses of routes: the regions whose names begin with `http:`. */
  readonly routes!: RegionStats;
  /** Values of methods: all other regions. */
  readonly values!: RegionStats;
  /** By name; `http:<name>` are the responses of routes that belong to the region `<name>`. */
  readonly regions!: Readonly<Record<string, RegionStats>>;
}

/** The answer of `GET /cache/stats`. */
export class CacheStats {
  /** The instance that answers. */
  readonly instance!: InstanceStats;
}
