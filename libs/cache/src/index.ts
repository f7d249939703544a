export { CacheModule } from './cache.module.js';
export type { CacheModuleOptions, MaintenanceOptions, WarmingOptions } from './cache.options.js';
export type { RedisTarget } from './redis/connection.js';
export type { Pem, RedisTls } from './redis/tls.js';
export type { MonitoringOptions } from './monitoring/access.options.js';
export { CacheHealthIndicator } from './monitoring/health.indicator.js';
export * from './monitoring/stats.js';
export { WriteBehindStats } from './monitoring/behind-stats.js';
export { InjectCacheRedis } from './tokens.js';

export { Cacheable, CachePut } from './decorators/cacheable.decorator.js';
export { WriteBehind, WriteBehindHandler } from './decorators/write-behind.decorator.js';
export type { WriteBehindMethodOptions } from './decorators/write-behind.decorator.js';
export type {
  BehindContext,
  BehindWrite,
  DeadLetter,
  DeadLetterChoice,
  HandlerOptions,
  WriteBehindHandling,
  WriteBehindReceipt,
} from './contracts/behind-handler.js';
export type {
  Durability,
  RegionWriteBehind,
  WhenFull,
  WriteBehindOptions,
} from './contracts/write-behind.js';
export { DeadLetters } from './write-behind/dead-letters.js';
export type { DeadLetterRange } from './write-behind/dead-letters.js';
export { CacheEvict, CacheInvalidate } from './decorators/evict.decorator.js';
export { CacheTransactional } from './decorators/transactional.decorator.js';
export type { CacheTransactionalOptions } from './decorators/transactional.decorator.js';
export { CacheConfig, Caching } from './decorators/caching.decorator.js';
export type { CachingOptions } from './decorators/caching.decorator.js';
export type {
  CacheableOptions,
  CacheEvictOptions,
  CacheInvalidateOptions,
  CachePutOptions,
  Resolvable,
} from './decorators/types.js';

export { CacheService } from './cache/cache-service.js';
export type { UnitOptions } from './cache/cache-service.js';
export type { PatternOptions, PatternProgress, PatternResult } from './cache/patterns.js';
export type { RegionOrName } from './cache/keyed-values.js';
export type { CallOptions, ConfirmOptions, LoadCallOptions } from './contracts/call-options.js';
export type { WarmTarget } from './cache/warmings.js';
export type {
  WarmCounts,
  WarmInBatches,
  WarmKey,
  WarmKeyList,
  WarmOneByOne,
  WarmOptions,
  WarmProgress,
  WarmReport,
  WarmSource,
  WarmThrough,
  Warming,
} from './contracts/warming.js';
export type {
  CacheOf,
  CountersCache,
  Persist,
  RankingCache,
  RegionCache,
  TopOptions,
} from './contracts/region-cache.js';
export { counters, defineRegions, ranking, region } from './strategies/define-regions.js';
export type {
  CountersDraft,
  Draft,
  RankingDraft,
  RegionDraft,
  Regions,
} from './strategies/define-regions.js';
export { Counters, Ranking } from './contracts/derived.js';
export type * from './contracts/derived.js';
export { CacheStrategy, StrategyOf } from './strategies/cache-strategy.js';
export type { MethodsOf, RegionsByName, StrategyWith } from './strategies/cache-strategy.js';
export type { StrategyUse } from './strategies/strategy-use.js';
export { Region } from './contracts/region.js';
export type { RegionArgs, RegionOptions, RegionValue } from './contracts/region.js';
export { cacheContext } from './contracts/load-context.js';
export type { LoadContext } from './contracts/load-context.js';
export type { FailSafeOptions, LoadOptions } from './contracts/load-policy.js';
export type { OrphanKind, SweepReport } from './contracts/sweep-report.js';
export type { Duration } from './contracts/duration.js';
export { worst as worstOutcome } from './contracts/outcome.js';
export type { InvalidationOutcome } from './contracts/outcome.js';
export { CACHE_ERROR_CODES, CacheError, isCacheError } from './contracts/errors.js';
export type { CacheErrorCode } from './contracts/errors.js';
