import type { Duration } from './duration.js';
import type { LoadOptions } from './load-policy.js';
import type { AnyRegion } from './region.js';
import type { Confirmation } from './store.js';

/** Anything that can be looked up in the container: a class, a string or a symbol. */
export type InjectionToken = string | symbol | (abstract new (...args: never[]) => unknown);

/** A function that is handed providers from the container before its own arguments. */
export interface InjectedResolver {
  readonly inject: readonly InjectionToken[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the user's parameter types are his own
  readonly useFactory: (...injectedThenArguments: any[]) => unknown;
}

/** A function of the call, or the same with providers injected. */
export type Resolver = ((...args: never[]) => unknown) | InjectedResolver;

/** Options as the engine reads them; the decorators' own types say what each function receives. */
export interface OperationOptions extends LoadOptions {
  readonly region?: AnyRegion | string;
  readonly key?: Resolver;
  readonly ttl?: Duration | Resolver;
  readonly nullTtl?: Duration;
  readonly tags?: readonly string[] | Resolver;
  readonly resultTags?: Resolver;
  readonly condition?: Resolver;
  readonly unless?: Resolver;
  readonly sync?: boolean;
  readonly allEntries?: boolean;
  readonly beforeInvocation?: boolean;
  readonly strict?: boolean;
  readonly confirm?: Confirmation;
  readonly rolledBack?: (error: unknown) => boolean;
  readonly query?: readonly string[];
}

/** One thing a decorated method does with the cache. */
export interface CacheOperation {
  readonly kind: 'cacheable' | 'put' | 'behind' | 'evict' | 'invalidate' | 'transactional';
  readonly options: OperationOptions;
}

/** Any method. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a bound for inference: every method must fit
export type Method = (...args: any[]) => any;

/** A decorated method: what it was, and what is to be done around it. */
export interface DecoratedMethod {
  /** Distinct for every decorated method of the process, and small: plans are kept in an array. */
  readonly id: number;
  readonly original: Method;
  /** In the order in which they stand above the method. */
  readonly operations: CacheOperation[];
  /** The class that declares the method. */
  readonly owner: abstract new (...args: never[]) => unknown;
  readonly property: string | symbol;
  /** `Class.method`, for people. */
  readonly name: string;
  /** How many parameters the method declares, if it has neither defaults nor a rest parameter. */
  readonly arity: number | undefined;
}

/** Runs a decorated method with its cache operations: the way from the decorators into a container's cache. */
export interface CacheGateway {
  invoke(method: DecoratedMethod, self: object, args: unknown[]): unknown;
}

/** The token under which a container provides its gateway. */
export const CACHE_GATEWAY = Symbol('nuthatch.gateway');

/** The property under which an instance carries the gateway of its own container. */
export const GATEWAY_PROPERTY = Symbol('nuthatch.instance-gateway');

/** The property under which a wrapper function carries its DecoratedMethod. */
export const DECORATED_METHOD = Symbol('nuthatch.decorated-method');

/** The decorated method behind a function, if it is a wrapper. */
export function decoratedMethodOf(fn: unknown): DecoratedMethod | undefined {
  if (typeof fn !== 'function') return undefined;
  return (fn as { [DECORATED_METHOD]?: DecoratedMethod })[DECORATED_METHOD];
}

/** Metadata key of the class decorator `@WriteBehindHandler`. */
export const BEHIND_HANDLER_METADATA = 'nuthatch:write-behind-handler';

/** Metadata key of the class decorator `@CacheConfig`. */
export const CACHE_CONFIG_METADATA = 'nuthatch:config';

/** What `@CacheConfig` sets for all decorated methods of a class. */
export interface ClassConfig {
  /** Used where a decorator names no region. */
  readonly region?: AnyRegion | string;
  readonly ttl?: Duration;
  readonly nullTtl?: Duration;
}
