import type { Duration } from '../contracts/duration.js';
import type { LoadOptions } from '../contracts/load-policy.js';
import type { InjectionToken, Method } from '../contracts/operations.js';
import type { AnyRegion } from '../contracts/region.js';

/** The arguments of a method. */
export type ArgsOf<M extends Method> = Parameters<M>;

/** What a method's promise resolves to. */
export type ResultOf<M extends Method> = Awaited<ReturnType<M>>;

/**
 * An option that is a function of the call, or the same with providers from the container:
 * `{ inject: [TenantService], useFactory: (tenants: TenantService, id: string) => [tenants.current(), id] }`.
 */
export type Resolvable<F extends Method> =
  | F
  | {
      readonly inject: readonly InjectionToken[];
      // eslint-disable-next-line @typescript-eslint/no-explicit-any -- providers first, then the arguments of the call
      readonly useFactory: (...injectedThenArguments: any[]) => ReturnType<F>;
    };

/** Where an operation works and on which key. Functions see the method's arguments and may take fewer of them. */
export interface KeyOptions<M extends Method = Method> {
  /** The region, or its name. Default: that of `@CacheConfig`, else `Class.method`. */
  readonly region?: AnyRegion | string;
  /** The key arguments. Default: all arguments of the method. */
  readonly key?: Resolvable<(...args: ArgsOf<M>) => readonly unknown[]>;
  /** `false`: the method runs as if it were not decorated. */
  readonly condition?: Resolvable<(...args: ArgsOf<M>) => boolean>;
}

/** What a stored value is like. */
export interface StoreOptions<M extends Method = Method> extends KeyOptions<M> {
  /** How long the value is fresh; a function also sees the result, first. */
  readonly ttl?: Duration | Resolvable<(result: ResultOf<M>, ...args: ArgsOf<M>) => Duration>;
  /** How long `null` is fresh. Default: `ttl`. */
  readonly nullTtl?: Duration;
  /** Tags, from the arguments; invalidating any of them condemns the entry. */
  readonly tags?: readonly string[] | Resolvable<(...args: ArgsOf<M>) => readonly string[]>;
  /**
   * Tags that only the result tells; sees the result first, then the arguments. Tags from the arguments are better where
   * they will do: a value whose tag may have been invalidated while the method ran is not kept.
   */
  readonly resultTags?: Resolvable<(result: ResultOf<M>, ...args: ArgsOf<M>) => readonly string[]>;
  /** `true`: the result is handed on but not stored. Sees the result first, then the arguments. */
  readonly unless?: Resolvable<(result: ResultOf<M>, ...args: ArgsOf<M>) => boolean>;
}

export interface CacheableOptions<M extends Method = Method> extends StoreOptions<M>, LoadOptions {
  /** `false`: neither share a load with other callers nor wait for one in another process. Default `true`. */
  readonly sync?: boolean;
  /** Routes only: the query parameters that make a difference. Default: all. */
  readonly query?: readonly string[];
}

export type CachePutOptions<M extends Method = Method> = StoreOptions<M>;

export interface CacheEvictOptions<M extends Method = Method> extends KeyOptions<M> {
  /** Clears the whole region instead of one key. */
  readonly allEntries?: boolean;
  /** Evicts before the method runs instead of afterwards. */
  readonly beforeInvocation?: boolean;
  /** Bars the key for loads from before the method until after it, so that a crash in between leaves nothing stale. */
  readonly strict?: boolean;
  /** `'replicated'`: waits until a replica of Redis has it too. */
  readonly confirm?: 'replicated';
}

export interface CacheInvalidateOptions<M extends Method = Method> {
  readonly tags?: readonly string[] | Resolvable<(...args: ArgsOf<M>) => readonly string[]>;
  /** Tags that only the result tells; sees the result first, then the arguments. Not asked when the method threw. */
  readonly resultTags?: Resolvable<(result: ResultOf<M>, ...args: ArgsOf<M>) => readonly string[]>;
  /** `'replicated'`: waits until a replica of Redis has it too. */
  readonly confirm?: 'replicated';
  readonly condition?: Resolvable<(...args: ArgsOf<M>) => boolean>;
  /** Invalidates before the method runs instead of afterwards. */
  readonly beforeInvocation?: boolean;
}

/** A method that can be cached: one that returns a promise. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a bound for inference
export type AsyncMethod = (...args: any[]) => Promise<any>;

/*
 * TypeScript infers the decorated method only when the decorator is applied, after its options were checked. So the
 * decorator asks for one argument more when the options do not fit the method: the compiler then refuses the decoration
 * and prints the type of that argument.
 */
type Accept = [];
type Refuse<Why extends string> = [why: Why];

/** Whether a function may be called with the method's arguments; anything that is not a function passes. */
type TakesArgs<F, M extends Method> = F extends Method
  ? F extends (...args: ArgsOf<M>) => unknown
    ? true
    : false
  : true;

/** The same for functions that see the result first. */
type TakesResult<F, M extends Method> = F extends Method
  ? F extends (result: ResultOf<M>, ...args: ArgsOf<M>) => unknown
    ? true
    : false
  : true;

type Option<O, K extends string> = O extends { readonly [P in K]?: infer F } ? F : undefined;

type Misfit<O, M extends Method> =
  | (TakesArgs<Option<O, 'key'>, M> extends true ? never : 'key')
  | (TakesArgs<Option<O, 'tags'>, M> extends true ? never : 'tags')
  | (TakesArgs<Option<O, 'condition'>, M> extends true ? never : 'condition')
  | (TakesResult<Option<O, 'unless'>, M> extends true ? never : 'unless')
  | (TakesResult<Option<O, 'resultTags'>, M> extends true ? never : 'resultTags')
  | (TakesResult<Option<O, 'ttl'>, M> extends true ? never : 'ttl');

type Verdict<O, M extends Method> = [Misfit<O, M>] extends [never]
  ? Accept
  : Refuse<`the option ${Misfit<O, M>} does not take what this method takes`>;

/** Decorates any method whose arguments and result fit the functions in the options. */
export type DecoratorFor<O> = <M extends Method>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
  ...verdict: Verdict<O, M>
) => void;

/** The same for methods whose result is cached. */
export type AsyncDecoratorFor<O> = <M extends AsyncMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
  ...verdict: Verdict<O, M>
) => void;

/** Decorates exactly the method that was named as type argument, or one that can stand in for it. */
export type DecoratorOf<M extends Method> = <N extends M>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<N>,
) => void;

/** A region whose key arguments have no fixed number (`readonly unknown[]`) says nothing about them and takes any. */
type SameArgs<A extends readonly unknown[], M extends Method> = number extends A['length']
  ? [ArgsOf<M>] extends [A]
    ? true
    : false
  : [ArgsOf<M>] extends [A]
    ? [A] extends [ArgsOf<M>]
      ? true
      : false
    : false;

type ResultFits<V, M extends Method> = [ResultOf<M>] extends [V | undefined] ? true : false;

type RegionVerdict<A extends readonly unknown[], V, M extends Method> =
  SameArgs<A, M> extends true
    ? ResultFits<V, M> extends true
      ? Accept
      : Refuse<'this method does not return the value of the region'>
    : Refuse<'this method does not take the key arguments of the region; give a key function'>;

/** Decorates a method that takes exactly the key arguments of a region and returns its value. */
export type RegionDecorator<A extends readonly unknown[], V> = <M extends AsyncMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
  ...verdict: RegionVerdict<A, V, M>
) => void;

type KeyedVerdict<K, V, M extends Method> =
  TakesArgs<K, M> extends true
    ? ResultFits<V, M> extends true
      ? Accept
      : Refuse<'this method does not return the value of the region'>
    : Refuse<'the key function does not take what this method takes'>;

/** Decorates a method that returns the value of a region and whose arguments a key function turns into a key. */
export type KeyedDecorator<K, V> = <M extends AsyncMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
  ...verdict: KeyedVerdict<K, V, M>
) => void;

type EvictVerdict<A extends readonly unknown[], M extends Method> =
  SameArgs<A, M> extends true
    ? Accept
    : Refuse<'this method does not take the key arguments of the region; give a key function'>;

/** Decorates a method that takes exactly the key arguments of a region. */
export type EvictDecorator<A extends readonly unknown[]> = <M extends Method>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
  ...verdict: EvictVerdict<A, M>
) => void;
