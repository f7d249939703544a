import { Inject } from '@nestjs/common';

/** Tokens of what the module provides inside a container. */
export const USER_OPTIONS = Symbol('nuthatch.user-options');
export const RESOLVED_OPTIONS = Symbol('nuthatch.options');
export const CACHE_RUNTIME = Symbol('nuthatch.runtime');
export const CACHE_SURROUNDINGS = Symbol('nuthatch.surroundings');
export const CACHE_REPORTER = Symbol('nuthatch.reporter');
export const CACHE_REDIS = Symbol('nuthatch.redis');

/** Partitions whose client was asked for: providers are fixed before the options of an asynchronous module are known. */
const wanted = new Set<string>();

/** The token of a partition's client. */
export function redisToken(partition: string): string {
  return `nuthatch.redis:${partition}`;
}

/** The partitions whose client was asked for so far. */
export function wantedPartitions(): readonly string[] {
  return [...wanted];
}

/**
 * Injects the ioredis client of the cache, or of one of its partitions: a `Redis`, or a `Cluster` where one is configured.
 * The default one is `undefined` when there is memory only.
 */
export function InjectCacheRedis(partition?: string): PropertyDecorator & ParameterDecorator {
  if (partition === undefined) return Inject(CACHE_REDIS);
  wanted.add(partition);
  return Inject(redisToken(partition));
}
