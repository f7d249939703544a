import type { CacheModuleOptions, Durability } from 'nuthatch';

/** Any of these variables means that there is a Redis. */
const OF_REDIS = /^REDIS_(URL|HOST|PORT|PASSWORD|CACHE_DB|CLUSTER_NODES|SENTINELS)$/;

/**
 * Where activity is kept until the database has it: in Redis, or, where there is none, in this process, with which it would be
 * lost.
 */
export function durabilityOf({ redis }: Pick<CacheModuleOptions, 'redis'> = {}): Durability {
  const named = Object.entries(process.env).some(([name, value]) => OF_REDIS.test(name) && value !== '');
  return redis !== undefined || named ? 'memory' : 'none';
}
