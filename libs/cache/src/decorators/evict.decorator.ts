import type { Method, OperationOptions } from '../contracts/operations.js';
import type { Region } from '../contracts/region.js';
import { optionsOf } from './cacheable.decorator.js';
import type {
  AsyncMethod,
  CacheEvictOptions,
  CacheInvalidateOptions,
  DecoratorFor,
  DecoratorOf,
  EvictDecorator,
} from './types.js';
import { decorate } from './wrap.js';

type KeyedEvict<K extends Method> = DecoratorFor<{ readonly key: K }>;

/**
 * Removes an entry after the method ran, also when it threw, for nobody knows whether it had committed.
 * The method's result is handed on when the server has acknowledged: from then on no read finds the old value there.
 * Responses that were declared with the same region and key go with it.
 *
 * @example
 * ```ts
 * @CacheEvict(community.metadata, (id: string) => [id])
 * rename(id: string, name: string): Promise<void> { … }
 *
 * @CacheEvict({ region: 'community.search', allEntries: true })
 * create(community: NewCommunity): Promise<void> { … }
 * ```
 * @throws CacheError `NO_CANONICAL_KEY` at the call, before the method runs, when the key arguments have no canonical form.
 */
export function CacheEvict<A extends readonly unknown[], V>(region: Region<A, V>): EvictDecorator<A>;
export function CacheEvict<A extends readonly unknown[], V, const K extends (...args: never[]) => A>(
  region: Region<A, V>,
  key: K,
): KeyedEvict<K>;
export function CacheEvict<const O extends CacheEvictOptions>(options?: O): DecoratorFor<O>;
export function CacheEvict<M extends Method>(options: CacheEvictOptions<M>): DecoratorOf<M>;
export function CacheEvict(first?: unknown, key?: Method): unknown {
  return decorate({ kind: 'evict', options: optionsOf(first, key) });
}

/**
 * Condemns every entry that carries one of the tags, after the method ran, also when it threw.
 * One round trip, however many entries there are.
 *
 * @example
 * ```ts
 * @CacheInvalidate({ tags: (id: string) => [`community:${id}`] })
 * archive(id: string): Promise<void> { … }
 * ```
 */
export function CacheInvalidate<const O extends CacheInvalidateOptions>(options: O): DecoratorFor<O>;
export function CacheInvalidate<M extends AsyncMethod>(options: CacheInvalidateOptions<M>): DecoratorOf<M>;
export function CacheInvalidate(options: OperationOptions): unknown {
  return decorate({ kind: 'invalidate', options });
}
