import type { CodecName } from './codec.js';
import type { Duration } from './duration.js';
import { CacheError } from './errors.js';
import type { LoadOptions } from './load-policy.js';
import { shown } from './shown.js';
import type { RegionWriteBehind } from './write-behind.js';

/** A class whose instances a region keeps. */
export type InstanceType<T> = abstract new (...args: never[]) => T;

/** What a region says about all its entries. `A`: the arguments that make a key, `V`: the value. */
export interface RegionOptions<
  A extends readonly unknown[] = readonly unknown[],
  V = unknown,
> extends LoadOptions {
  /** How long a value is fresh. Default: the module's `defaultTtl`. */
  readonly ttl?: Duration;
  /** How long `null` is fresh. Default: `ttl`. */
  readonly nullTtl?: Duration;
  /** Tags of an entry, from its key arguments; invalidating any of them condemns the entry. */
  readonly tags?: readonly string[] | ((...args: A) => readonly string[]);
  /**
   * Tags that only a value tells, such as who owns it. Tags from the arguments are better where they will do: when one of
   * these may have been invalidated while the loader ran, its value is not kept.
   */
  resultTags?(value: V, ...args: A): readonly string[];
  /** `false`: values are never kept in process memory, every hit comes from Redis. Default `true`. */
  readonly memory?: boolean;
  /** `true`: no read is ever answered with what was invalidated before it began; each asks Redis for value and tags. Default `false`. */
  readonly strict?: boolean;
  /** `true`: a hit gives the entry its whole `ttl` again. Default `false`. */
  readonly sliding?: boolean;
  /**
   * Values are acknowledged when a log in Redis has them, and reach the database later, through the region's
   * `@WriteBehindHandler`. Then `writeBehind` is the only way to write a value. Default: they are not.
   */
  readonly writeBehind?: true | RegionWriteBehind;
  /** The partition that keeps the entries, one of the module's `partitions`. Default: the module's `redis`. */
  readonly partition?: string;
  /** `'freeze'` (default): callers share one frozen object. `'clone'`: every caller gets a copy of its own. */
  readonly isolation?: 'freeze' | 'clone';
  /** The codec for this region's values where it is exact; others are written with v8. Default: the module's. */
  readonly codec?: CodecName;
  /** The class of the values, if they are instances (or arrays of instances); needs `revive`. */
  readonly type?: InstanceType<V extends readonly (infer E)[] ? E : V>;
  /** Makes an instance of `type` from its own enumerable properties. */
  readonly revive?: (plain: Record<string, unknown>) => V extends readonly (infer E)[] ? E : V;
}

declare const TYPES: unique symbol;

/**
 * A named, typed family of entries. One object serves as the name in decorators, in `CacheService` and in strategies,
 * so that key and value types are checked wherever the region is used.
 */
export class Region<A extends readonly unknown[] = readonly unknown[], V = unknown> {
  /** Types only; never present at run time. */
  declare readonly [TYPES]: (args: A) => V;

  constructor(
    readonly name: string,
    readonly options: RegionOptions<A, V>,
  ) {
    assertRegionName(name);
  }
}

/** Any region, whatever its types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- variance: only `any` accepts every region
export type AnyRegion = Region<any, any>;

/** The key arguments of a region. */
export type RegionArgs<R extends AnyRegion> = R extends Region<infer A, unknown> ? A : never;

/** The value of a region. */
export type RegionValue<R extends AnyRegion> = R extends Region<never, infer V> ? V : never;

const NAME = /^[A-Za-z][\w.-]{0,99}$/;

/**
 * Checks a region's name: letters, digits, `.`, `-`, `_`, a letter first, at most 100.
 * @throws CacheError `INVALID_OPTION`
 */
export function assertRegionName(name: unknown): asserts name is string {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new CacheError(
    'INVALID_OPTION',
    `a region's name must start with a letter and hold letters, digits, '.', '-' and '_' only (at most 100), got ${shown(name)}`,
  );
}
