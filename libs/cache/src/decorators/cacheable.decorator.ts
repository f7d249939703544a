import type { Method, OperationOptions } from '../contracts/operations.js';
import { Region } from '../contracts/region.js';
import type {
  AsyncDecoratorFor,
  CacheableOptions,
  CachePutOptions,
  DecoratorOf,
  KeyedDecorator,
  RegionDecorator,
} from './types.js';
import { decorate } from './wrap.js';

/**
 * Answers the method from the cache, and keeps what it returns.
 * On a provider the value is cached, on a route handler the response.
 *
 * @example
 * ```ts
 * @Cacheable(community.metadata)
 * findOne(id: string): Promise<CommunityMetadata> { … }
 *
 * @Cacheable({ region: 'community.search', ttl: '5m', key: (filter: Filter) => [filter], tags: ['community:list'] })
 * search(filter: Filter, trace: Trace) { … }
 * ```
 * @throws CacheError `INVALID_DECORATOR` on a static method or an accessor.
 */
export function Cacheable<A extends readonly unknown[], V>(region: Region<A, V>): RegionDecorator<A, V>;
export function Cacheable<A extends readonly unknown[], V, const K extends (...args: never[]) => A>(
  region: Region<A, V>,
  key: K,
): KeyedDecorator<K, V>;
export function Cacheable<const O extends CacheableOptions>(options?: O): AsyncDecoratorFor<O>;
export function Cacheable<M extends Method>(options: CacheableOptions<M>): DecoratorOf<M>;
export function Cacheable(first?: unknown, key?: Method): unknown {
  return decorate({ kind: 'cacheable', options: optionsOf(first, key) });
}

/**
 * Runs the method, then writes what it returned into the cache, in two phases around it: what others load meanwhile is not
 * stored, and of two writers at once neither leaves a value. If the method throws, the entry is evicted.
 * On a route handler it writes the region's entity and evicts the responses that were declared with it.
 *
 * @example
 * ```ts
 * @CachePut(community.metadata, (id: string) => [id])
 * rename(id: string, name: string): Promise<CommunityMetadata> { … }
 * ```
 */
export function CachePut<A extends readonly unknown[], V>(region: Region<A, V>): RegionDecorator<A, V>;
export function CachePut<A extends readonly unknown[], V, const K extends (...args: never[]) => A>(
  region: Region<A, V>,
  key: K,
): KeyedDecorator<K, V>;
export function CachePut<const O extends CachePutOptions>(options?: O): AsyncDecoratorFor<O>;
export function CachePut<M extends Method>(options: CachePutOptions<M>): DecoratorOf<M>;
export function CachePut(first?: unknown, key?: Method): unknown {
  return decorate({ kind: 'put', options: optionsOf(first, key) });
}

/** Both forms of a decorator's arguments as one. */
export function optionsOf(first: unknown, key?: Method): OperationOptions {
  if (!(first instanceof Region)) return first ?? {};
  return key === undefined ? { region: first } : { region: first, key };
}
