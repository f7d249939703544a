import type { WriteBehindReceipt } from './behind-handler.js';
import type { CallOptions, ConfirmOptions, LoadCallOptions } from './call-options.js';
import type {
  AnyTarget,
  Change,
  ChangeOptions,
  Contributions,
  Counters,
  Counts,
  RankedMember,
  Ranking,
  Target,
} from './derived.js';
import type { LoadContext } from './load-context.js';
import type { InvalidationOutcome } from './outcome.js';
import type { AnyRegion, RegionArgs, RegionValue } from './region.js';
import type { WarmOptions, WarmSource, Warming } from './warming.js';

/** Writes a value to the database; gives what the database made of it, or nothing. */
export type Persist<V> = (value: V) => Promise<V | undefined | void>;

/**
 * One region of the cache, with the types of its keys and values. Strategies have one per region; `CacheService.region` gives
 * one for any other. What each method does, throws and promises stands beside the method of the same name of `CacheService`.
 */
export interface RegionCache<A extends readonly unknown[], V> {
  readonly name: string;
  /** How long values are fresh here, in milliseconds, what the deployment says of it included. */
  readonly ttlMs: number;

  get(...args: A): Promise<V | undefined>;
  has(...args: A): Promise<boolean>;
  /** How long the value is still fresh, in milliseconds; `undefined` when there is none. */
  ttl(...args: A): Promise<number | undefined>;
  getMany(keys: readonly A[]): Promise<(V | undefined)[]>;
  getOrSet(args: A, load: (context: LoadContext<V>) => Promise<V> | V, options?: LoadCallOptions): Promise<V>;
  getOrSetMany(
    keys: readonly A[],
    load: (missing: readonly A[], context: LoadContext) => Promise<readonly (V | undefined)[]>,
    options?: LoadCallOptions,
  ): Promise<V[]>;

  /**
   * Writes through: begins the write in the cache, runs `work`, which writes to the database and gives the new value, and
   * keeps that value unless another write or an evict came between. Nothing that was read from the database meanwhile is
   * kept. When `work` throws the entry is gone. Gives what `work` gave.
   * @throws CacheError `NO_CANONICAL_KEY` before `work` runs; whatever `work` throws.
   */
  write(args: A, work: () => Promise<V>, options?: CallOptions): Promise<V>;
  /**
   * The same for a value that is at hand: `persist` writes it to the database. What it resolves to is kept in its place,
   * such as a row with a number that the database gave it; `undefined` means the value itself.
   */
  write(args: A, value: V, persist: Persist<V>, options?: CallOptions): Promise<V>;
  /** Acknowledges a value that reaches the database later; only for regions with `writeBehind`. */
  writeBehind(args: A, value: V, options?: CallOptions): Promise<WriteBehindReceipt>;
  set(args: A, value: V, options?: CallOptions): Promise<InvalidationOutcome>;
  setMany(
    entries: readonly (readonly [args: A, value: V])[],
    options?: CallOptions,
  ): Promise<InvalidationOutcome>;
  touch(args: A, options?: CallOptions): Promise<boolean>;

  evict(...args: A): Promise<InvalidationOutcome>;
  evictMany(keys: readonly A[], options?: ConfirmOptions): Promise<InvalidationOutcome>;
  /** Makes values stale: the next read loads them, and where its loader fails they may still answer. */
  expire(keys: readonly A[]): Promise<InvalidationOutcome>;
  /** Condemns every entry of the region. */
  clear(options?: ConfirmOptions): Promise<InvalidationOutcome>;

  /** Registers where values come from before anybody asks; gives a function that takes it back. */
  warmFrom(source: WarmSource<A, V>): () => void;
  /** Begins to load what is not fresh, from the sources that are registered. */
  warm(options?: WarmOptions): Warming;
}

/** The `RegionCache` of a region. */
export type CacheOf<R extends AnyRegion> = RegionCache<RegionArgs<R>, RegionValue<R>>;

/** How many members of a ranking, and as of when. */
export interface TopOptions {
  /** 1 to 10,000. Default 10. */
  readonly limit?: number;
  /** The moment to which scores have faded: a date, or milliseconds since 1970. Default: now. */
  readonly at?: Date | number;
}

/** Counters or rankings of one kind: what both can do. */
interface StructureCache<A extends readonly unknown[]> {
  readonly name: string;
  /** How long it is kept before it is counted anew, in milliseconds. */
  readonly ttlMs: number;
  /** The target of a change. */
  at(...args: A): Target<A>;
  /** Removes it; the next read counts it anew. */
  drop(...args: A): Promise<InvalidationOutcome>;
}

/** One kind of counters. What each method does and promises stands beside `counts` of `CacheService`. */
export interface CountersCache<A extends readonly unknown[]> extends StructureCache<A> {
  counts(args: A, count: () => Promise<Counts> | Counts): Promise<Counts>;
}

/** One kind of rankings. What each method does and promises stands beside `top` of `CacheService`. */
export interface RankingCache<A extends readonly unknown[]> extends StructureCache<A> {
  top(
    args: A,
    contributions: () => Promise<Contributions> | Contributions,
    options?: TopOptions,
  ): Promise<readonly RankedMember[]>;
}

/** The regions of one application's cache, as strategies see them. */
export interface RegionCaches {
  region<R extends AnyRegion>(region: R): CacheOf<R>;
  counters<A extends readonly unknown[]>(counters: Counters<A>): CountersCache<A>;
  ranking<A extends readonly unknown[]>(ranking: Ranking<A>): RankingCache<A>;
  change<T>(
    targets: readonly AnyTarget[],
    options: ChangeOptions,
    work: (change: Change) => Promise<T>,
  ): Promise<T>;
  invalidateTags(tags: readonly string[], options?: ConfirmOptions): Promise<InvalidationOutcome>;
  /** Whether a source is registered for a region. */
  isWarmable(region: AnyRegion): boolean;
  warm(regions: readonly AnyRegion[], options?: WarmOptions): Warming;
}

/** The token under which a container provides its `RegionCaches`. */
export const REGION_CACHES = Symbol('nuthatch.region-caches');
