import type { HandlerOptions, BehindContext, BehindWrite } from '../contracts/behind-handler.js';
import { CacheError } from '../contracts/errors.js';
import type { Method } from '../contracts/operations.js';
import { BEHIND_HANDLER_METADATA } from '../contracts/operations.js';
import type { AnyRegion, RegionArgs, RegionValue } from '../contracts/region.js';
import { Region } from '../contracts/region.js';
import { optionsOf } from './cacheable.decorator.js';
import type {
  AsyncDecoratorFor,
  CachePutOptions,
  DecoratorOf,
  KeyedDecorator,
  RegionDecorator,
} from './types.js';
import { decorate } from './wrap.js';

export type WriteBehindMethodOptions<M extends Method = Method> = CachePutOptions<M>;

/**
 * Runs the method, then has what it returned written behind: it is acknowledged, and the method's result handed on, when the
 * region's log has it; the region's `@WriteBehindHandler` brings it to the database. The method itself writes nothing there.
 * When the log does not take it the call fails. On a route handler it also evicts the responses that were declared with the
 * region and key.
 *
 * @example
 * ```ts
 * @WriteBehind(player.position, (id: string, at: Position) => [id])
 * async move(id: string, at: Position): Promise<Position> { return clamp(at); }
 * ```
 * @throws CacheError at the call, those of `CacheService.writeBehind`.
 */
export function WriteBehind<A extends readonly unknown[], V>(region: Region<A, V>): RegionDecorator<A, V>;
export function WriteBehind<A extends readonly unknown[], V, const K extends (...args: never[]) => A>(
  region: Region<A, V>,
  key: K,
): KeyedDecorator<K, V>;
export function WriteBehind<const O extends WriteBehindMethodOptions>(options?: O): AsyncDecoratorFor<O>;
export function WriteBehind<M extends Method>(options: WriteBehindMethodOptions<M>): DecoratorOf<M>;
export function WriteBehind(first?: unknown, key?: Method): unknown {
  return decorate({ kind: 'behind', options: optionsOf(first, key) });
}

/** A class that can bring the writes of a region to the database: as a property, so that its parameters are compared strictly. */
type HandlerClass<R extends AnyRegion> = abstract new (...args: never[]) => {
  readonly write: (
    batch: readonly BehindWrite<RegionArgs<R>, RegionValue<R>>[],
    context: BehindContext,
  ) => Promise<unknown>;
};

/** What `@WriteBehindHandler` says of a class. */
export interface BehindHandlerSite {
  readonly region: AnyRegion;
  readonly options: HandlerOptions | undefined;
}

/**
 * Makes a provider the one that brings the writes of a region to the database, in batches. It resolves when all of a batch is
 * committed; of each key it applies only a version that is newer than what the database has.
 *
 * @example
 * ```ts
 * @Injectable()
 * @WriteBehindHandler(player.position, { batch: 1_000, maxDelay: '100ms' })
 * export class PositionWriter implements WriteBehindHandling<typeof player.position> {
 *   async write(batch: readonly BehindWrite<[id: string], Position>[]) { … }
 * }
 * ```
 * @throws CacheError `INVALID_DECORATOR` unless it is given a region.
 */
export function WriteBehindHandler<R extends AnyRegion>(region: R, options?: HandlerOptions) {
  if (!(region instanceof Region))
    throw new CacheError('INVALID_DECORATOR', '@WriteBehindHandler needs the region whose values it writes');
  const site: BehindHandlerSite = { region, options };
  return (target: HandlerClass<R>): void => {
    Reflect.defineMetadata(BEHIND_HANDLER_METADATA, site, target);
  };
}
