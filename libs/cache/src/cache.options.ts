import type { CodecName } from './contracts/codec.js';
import type { Duration } from './contracts/duration.js';
import { toMilliseconds } from './contracts/duration.js';
import type { LoadOptions } from './contracts/load-policy.js';
import { loadPolicy, PLAIN_LOADS } from './contracts/load-policy.js';
import type { AnyRegion } from './contracts/region.js';
import type { WriteBehindOptions } from './contracts/write-behind.js';
import type { EngineOptions } from './cache/engine.js';
import type { ResolvedWriteBehind } from './options.write-behind.js';
import { resolveWriteBehind } from './options.write-behind.js';
import type { SweepOptions } from './cache/sweeps.js';
import type { MonitoringOptions } from './monitoring/access.options.js';
import { assertValid } from './options.check.js';
import type { RedisTarget } from './redis/connection.js';
import type { Naming } from './redis/key-names.js';
import type { StrategyEntry } from './strategies/strategy-use.js';

/**
 * The options of `CacheModule`. Durations are milliseconds or text such as `'5m'`, sizes bytes. Those of loads hold for regions
 * that do not say otherwise.
 */
export interface CacheModuleOptions extends LoadOptions {
  /** Where Redis is. Absent, and nothing in the environment: memory only, one process. */
  readonly redis?: RedisTarget;
  /**
   * Further Redis servers, Sentinel sets or Clusters by name, for the regions that name them. Tags and their invalidation hold
   * in all of them.
   */
  readonly partitions?: Readonly<Record<string, RedisTarget>>;
  /**
   * `true`: a restarted Redis is believed to have lost nothing (appendfsync always). By default a restart makes everything
   * in it a miss, for it may have come back with what was evicted. Default `false`.
   */
  readonly trustPersistence?: boolean;
  /** First part of every key in Redis. Default `nuthatch`. */
  readonly prefix?: string;
  /** Version of the stored values; `false`: keys carry none. Default 1. */
  readonly version?: string | number | false;
  /** Other versions whose entries an evict also deletes. Default: the one before and the one after, if `version` is a number. */
  readonly alsoEvict?: readonly (string | number)[];
  /** How long values of regions without a `ttl` are fresh. Default 5 minutes. */
  readonly defaultTtl?: Duration;
  /** Bounds of the memory tier. Default 10,000 items and 64 MiB. */
  readonly memory?: { readonly maxItems?: number; readonly maxBytes?: number };
  /** Default `json`. */
  readonly codec?: CodecName;
  /** Default `true`. */
  readonly compression?: boolean;
  /** Payloads above are compressed. Default 1 KiB. */
  readonly compressionThreshold?: number;
  /** Larger values are not kept. Default 1 MiB. */
  readonly maxValueBytes?: number;
  /** The oldest a value may be in another process's memory after an invalidation, at the worst. Default 2 s. */
  readonly maxStaleness?: Duration;
  /** How long values live in memory that were loaded while Redis or the channel was away. Default 1 s. */
  readonly outageTtl?: Duration;
  /** What one call may wait for Redis in all. Default 50 ms. */
  readonly redisBudget?: Duration;
  /** How long the lease of a loader that died bars the others. Default 3 s. */
  readonly leaseTtl?: Duration;
  /** How long a call waits for another process's load before it loads itself. Default 30 s. */
  readonly leaseWait?: Duration;
  /** The longest a `@CachePut` method or strict evict may take to write. Default 10 s. */
  readonly maxWrite?: Duration;
  /** Commands without an answer, above which calls do without Redis. Default 1,000. */
  readonly maxCommandsInFlight?: number;
  /** How long a shutdown waits for loads in the air. Default 2 s. */
  readonly shutdownGrace?: Duration;
  /** Loads values before anybody asks for them, from the sources that `CacheService.warmFrom` is given. */
  readonly warming?: WarmingOptions;
  /** Write-behind: what holds for regions with `writeBehind` that do not say otherwise, and how their logs are emptied. */
  readonly writeBehind?: WriteBehindOptions;
  /** `false`: routes are not cached. Default `true`. */
  readonly http?: boolean;
  /** Providers that group regions: their classes, or `{ use: VotingStrategy, ttl: { results: '5s' } }`. */
  readonly strategies?: readonly StrategyEntry[];
  /** Regions that belong to no strategy; decorated methods register theirs by themselves. */
  readonly regions?: readonly AnyRegion[];
  /**
   * What is left of versions that run nowhere, and of what has no end, is removed from Redis in the background. `every`: how
   * often one of the instances looks, at least a second. `false`: never. Default every 10 minutes.
   */
  readonly maintenance?: boolean | MaintenanceOptions;
  /** `false`: no figures are kept and no routes answer. */
  readonly monitoring?: boolean | MonitoringOptions;
}

/** How an application warms its cache. */
export interface WarmingOptions {
  /** `true` or `'background'`: at boot, which does not wait for it. `'before-ready'`: the boot waits for its end. Default `false`. */
  readonly atBoot?: boolean | 'background' | 'before-ready';
  /** Which regions or groups are warmed at boot. Default: all that have a source by then. */
  readonly regions?: readonly (AnyRegion | string)[];
  /** How many loads of one warming may be in the air. Default 8. */
  readonly concurrency?: number;
}

/** When Redis is swept. */
export interface MaintenanceOptions {
  /** Default `true`. */
  readonly enabled?: boolean;
  /** Default 10 minutes. */
  readonly every?: Duration;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly redis: RedisTarget | undefined;
  readonly partitions: Readonly<Record<string, RedisTarget>>;
  readonly trustPersistence: boolean;
  readonly naming: Naming;
  readonly engine: EngineOptions;
  readonly maxCommandsInFlight: number;
  readonly shutdownGraceMs: number;
  readonly warming: Required<Pick<WarmingOptions, 'atBoot' | 'regions'>>;
  readonly writeBehind: ResolvedWriteBehind;
  readonly http: boolean;
  readonly regions: readonly AnyRegion[];
  readonly monitoring:
    (MonitoringOptions & { readonly stats: boolean; readonly health: boolean }) | undefined;
}

const BEATS_PER_STALENESS = 4;

const DEFAULTS = {
  prefix: 'nuthatch',
  version: 1,
  defaultTtl: '5m',
  codec: 'json',
  compression: true,
  compressionThreshold: 1_024,
  maxValueBytes: 1_048_576,
  maxStaleness: '2s',
  outageTtl: '1s',
  redisBudget: 50,
  leaseTtl: '3s',
  leaseWait: '30s',
  maxWrite: '10s',
  maxCommandsInFlight: 1_000,
  shutdownGrace: '2s',
  http: true,
  partitions: {},
  trustPersistence: false,
  regions: [],
  maintenance: true,
  monitoring: true,
} as const satisfies CacheModuleOptions;

const WARMING_CONCURRENCY = 8;
const MEMORY_DEFAULTS = { maxItems: 10_000, maxBytes: 64 * 1_048_576 };
const SWEEP_EVERY = '10m';
const MAX_TAGS = 100_000;

type Complete = Omit<CacheModuleOptions, keyof typeof DEFAULTS> &
  Required<Pick<CacheModuleOptions, keyof typeof DEFAULTS>>;

/**
 * Checks options and fills in the defaults.
 * @throws CacheError `INVALID_OPTION` that names every bad option, what it got and what is allowed.
 */
export function resolveOptions(given: CacheModuleOptions): ResolvedOptions {
  const options: Complete = { ...DEFAULTS, ...defined(given) };
  assertValid(options);
  return {
    redis: options.redis,
    partitions: options.partitions,
    trustPersistence: options.trustPersistence,
    naming: naming(options),
    engine: engineOptions(options),
    maxCommandsInFlight: options.maxCommandsInFlight,
    shutdownGraceMs: toMilliseconds(options.shutdownGrace, 'shutdownGrace'),
    warming: { atBoot: options.warming?.atBoot ?? false, regions: options.warming?.regions ?? [] },
    writeBehind: resolveWriteBehind(options.writeBehind).work,
    http: options.http,
    regions: options.regions,
    monitoring: monitoring(options.monitoring),
  };
}

function engineOptions(options: Complete): EngineOptions {
  const { codec, compression, compressionThreshold, maxValueBytes } = options;
  const maxStalenessMs = toMilliseconds(options.maxStaleness, 'maxStaleness');
  const ttlMs = toMilliseconds(options.defaultTtl, 'defaultTtl');
  const loads = loadPolicy(options, PLAIN_LOADS, 'CacheModule');
  return {
    regions: { ttlMs, codec, compress: compression, compressionThreshold, maxValueBytes, loads },
    memory: { ...MEMORY_DEFAULTS, ...options.memory },
    warmingConcurrency: options.warming?.concurrency ?? WARMING_CONCURRENCY,
    sweeps: sweeps(options.maintenance),
    behind: resolveWriteBehind(options.writeBehind).logs,
    maxStalenessMs,
    beatEveryMs: maxStalenessMs / BEATS_PER_STALENESS,
    maxTags: MAX_TAGS,
    outageTtlMs: Math.min(toMilliseconds(options.outageTtl, 'outageTtl'), maxStalenessMs),
    redisBudgetMs: toMilliseconds(options.redisBudget, 'redisBudget'),
    leaseMs: Math.ceil(toMilliseconds(options.leaseTtl, 'leaseTtl')),
    waitMs: toMilliseconds(options.leaseWait, 'leaseWait'),
    maxWriteMs: Math.ceil(toMilliseconds(options.maxWrite, 'maxWrite')),
  };
}

function sweeps(given: boolean | MaintenanceOptions): SweepOptions {
  const { enabled = true, every = SWEEP_EVERY } = typeof given === 'boolean' ? { enabled: given } : given;
  return { regularly: enabled, everyMs: toMilliseconds(every, 'maintenance.every') };
}

/** Options that were given; a key with `undefined` means the default. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function naming(options: Complete): Naming {
  const { version } = options;
  const beside = typeof version === 'number' ? [version - 1, version + 1].filter((other) => other >= 0) : [];
  return {
    prefix: options.prefix,
    version: version === false ? undefined : String(version),
    alsoEvict: (options.alsoEvict ?? beside).map(String),
  };
}

function monitoring(given: CacheModuleOptions['monitoring']): ResolvedOptions['monitoring'] {
  if (given === false) return undefined;
  const options = given === undefined || given === true ? {} : given;
  return { ...options, stats: options.stats ?? true, health: options.health ?? false };
}
