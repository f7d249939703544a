import { SetMetadata } from '@nestjs/common';
import type { CacheOperation, ClassConfig, Method } from '../contracts/operations.js';
import { CACHE_CONFIG_METADATA } from '../contracts/operations.js';
import type {
  CacheableOptions,
  CacheEvictOptions,
  CacheInvalidateOptions,
  CachePutOptions,
  DecoratorOf,
} from './types.js';
import { decorate } from './wrap.js';

/** Several operations of one method. */
export interface CachingOptions<M extends Method = Method> {
  readonly cacheable?: CacheableOptions<M>;
  readonly put?: readonly CachePutOptions<M>[];
  readonly writeBehind?: readonly CachePutOptions<M>[];
  readonly evict?: readonly CacheEvictOptions<M>[];
  readonly invalidate?: readonly CacheInvalidateOptions<M>[];
}

/**
 * Puts several operations on one method, as if each stood there as a decorator of its own.
 *
 * @example
 * ```ts
 * @Caching<CommunityService['remove']>({
 *   evict: [{ region: community.metadata, key: (id) => [id] }, { region: 'community.search', allEntries: true }],
 *   invalidate: [{ tags: (id) => [`community:${id}`] }],
 * })
 * remove(id: string): Promise<void> { … }
 * ```
 */
export function Caching<M extends Method = Method>(options: CachingOptions<M>): DecoratorOf<M> {
  const operations: CacheOperation[] = [];
  if (options.cacheable !== undefined) operations.push({ kind: 'cacheable', options: options.cacheable });
  for (const put of options.put ?? []) operations.push({ kind: 'put', options: put });
  for (const behind of options.writeBehind ?? []) operations.push({ kind: 'behind', options: behind });
  for (const evict of options.evict ?? []) operations.push({ kind: 'evict', options: evict });
  for (const invalidate of options.invalidate ?? [])
    operations.push({ kind: 'invalidate', options: invalidate });
  return (target, property, descriptor) => {
    for (const operation of [...operations].reverse()) decorate(operation)(target, property, descriptor);
  };
}

/**
 * Sets what the cache decorators of a class have in common. What a method says itself wins.
 *
 * @example
 * ```ts
 * @CacheConfig({ region: 'community', ttl: '10m' })
 * export class CommunityService { … }
 * ```
 */
export const CacheConfig = (config: ClassConfig): ClassDecorator =>
  SetMetadata(CACHE_CONFIG_METADATA, config);
