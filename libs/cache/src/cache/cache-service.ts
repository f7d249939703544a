import type { ConfirmOptions } from '../contracts/call-options.js';
import { canonicalTag } from '../contracts/canonical-key.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { CacheOf, RegionCaches } from '../contracts/region-cache.js';
import type { AnyRegion } from '../contracts/region.js';
import type { WarmOptions, WarmSource, Warming } from '../contracts/warming.js';
import { DeadLetters } from '../write-behind/dead-letters.js';
import { logOf } from './behind.js';
import { assertFunction, assertLists, callOptions, confirmation, warmOptions } from './call-arguments.js';
import { KeyedCall } from './keyed-call.js';
import type { RegionOrName } from './keyed-values.js';
import { CountedValues } from './counted-values.js';
import type { SweepReport } from '../contracts/sweep-report.js';
import { assertTag } from './region-functions.js';
import type { PatternOptions, PatternResult } from './patterns.js';
import { RegionHandle } from './region-handle.js';
import type { RegionRef } from './region-registry.js';
import type { RegionRuntime } from './requests.js';
import { guardedRolledBack } from './rolled-back.js';
import { isRolledBack } from './units.js';
import type { WarmTarget } from './warmings.js';

/** What a unit of work can be told. */
export interface UnitOptions {
  /** Whether an error means that the transaction was rolled back. Default: every error but those of a broken connection. */
  readonly rolledBack?: (error: unknown) => boolean;
}

/**
 * The cache by hand, for what decorators cannot say.
 * A region is given as its object, with typed arguments and value, or by name. No method fails because Redis is away;
 * invalidations say what became of them.
 */
export class CacheService extends CountedValues implements RegionCaches {
  readonly #handles = new Map<RegionRuntime, RegionHandle<readonly unknown[], unknown>>();

  /**
   * One region with its methods, typed by the region where its object is given.
   * @throws CacheError `UNKNOWN_REGION` for a name that nobody defined.
   */
  region<R extends AnyRegion>(region: R): CacheOf<R>;
  region<A extends readonly unknown[], V>(region: RegionOrName<A, V>): RegionHandle<A, V>;
  region(region: RegionOrName<readonly unknown[], unknown>): unknown {
    const runtime = this.engine.regions.get(region);
    const handle = this.#handles.get(runtime) ?? new RegionHandle(this, region, runtime);
    this.#handles.set(runtime, handle);
    return handle;
  }

  /** Removes one entry, and every response that was declared with its region and key. */
  delete<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    options?: ConfirmOptions,
  ): Promise<InvalidationOutcome> {
    return this.evict(region, [args], options);
  }

  /** The same for several. */
  deleteMany<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
    options?: ConfirmOptions,
  ): Promise<InvalidationOutcome> {
    return this.evict(region, keys, options);
  }

  /**
   * Removes entries, and every response that was declared with their region and keys.
   * @throws CacheError `NO_CANONICAL_KEY` when arguments have no canonical form, for then nobody knows what to remove.
   */
  async evict<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
    options: ConfirmOptions = {},
  ): Promise<InvalidationOutcome> {
    const runtime = this.engine.regions.get(region);
    return this.engine.invalidations.evict(runtime, this.#keys(runtime, keys), confirmation(options));
  }

  /**
   * Makes entries stale: the next read loads them anew. Unlike evicted ones they may still answer where a loader fails.
   * @throws CacheError `NO_CANONICAL_KEY`
   */
  async expire<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
  ): Promise<InvalidationOutcome> {
    const runtime = this.engine.regions.get(region);
    return this.engine.invalidations.expire(runtime, this.#keys(runtime, keys));
  }

  /** Condemns every entry that carries one of the tags, in one round trip however many entries there are. */
  async invalidateTags(...tags: readonly string[]): Promise<InvalidationOutcome>;
  async invalidateTags(tags: readonly string[], options?: ConfirmOptions): Promise<InvalidationOutcome>;
  async invalidateTags(...given: readonly unknown[]): Promise<InvalidationOutcome> {
    const [first, options] = given;
    const isList = Array.isArray(first);
    const tags: readonly unknown[] = isList ? first : given;
    const confirm = confirmation(isList && options !== undefined ? (options as ConfirmOptions) : {});
    const canonical = tags.map((tag) => canonicalTag(assertTag(tag, 'invalidateTags')));
    return this.engine.invalidations.invalidateTags(canonical, confirm);
  }

  /** Condemns every entry of a region. */
  async clear(region: AnyRegion | string, options: ConfirmOptions = {}): Promise<InvalidationOutcome> {
    return this.engine.invalidations.clear(this.engine.regions.get(region), confirmation(options));
  }

  /**
   * Evicts entries by what their arguments look like: `region:argument,argument,…`, where `*` and `?` stand for others, a last
   * `*` for all the arguments that are left, and a backslash takes what follows as it is. Numbers and booleans are matched by
   * their text, and `*` alone matches arguments of other kinds. The region's name may be a pattern as well; without arguments
   * whole regions are cleared. It looks through all of Redis: work for maintenance, where a tag would have been better.
   *
   * @example
   * ```ts
   * const { outcome, evicted } = await cache.invalidatePattern('user.permissions:42,*');
   * ```
   * @throws CacheError `INVALID_OPTION`, `UNKNOWN_REGION` where no region is meant, `PATTERN_REFUSED` inside a unit of work and
   * where keys are met whose arguments nobody can tell.
   */
  async invalidatePattern(pattern: string, options: PatternOptions = {}): Promise<PatternResult> {
    return this.engine.patterns.invalidate(pattern, options);
  }

  /**
   * Removes from Redis, now, what is otherwise removed in the background: entries of versions of the application that run
   * nowhere, and what has no end. Costs no entry that anybody asks for. Never fails: the report says what could not be done.
   */
  async sweep(): Promise<SweepReport> {
    return this.engine.sweeps.now();
  }

  /**
   * Runs a unit of work around a database transaction: evicts and invalidations inside are sent when `work` has resolved, so
   * after its commit, and dropped when it rejects. Inside, what they touch is read past the cache, and nothing is kept.
   *
   * @example
   * ```ts
   * await cache.afterCommit(() => db.transaction().execute(async (trx) => { …; await cache.evict(community.metadata, [[id]]); }));
   * ```
   */
  async afterCommit<T>(work: () => Promise<T>, { rolledBack = isRolledBack }: UnitOptions = {}): Promise<T> {
    assertFunction(work, 'the work of afterCommit');
    assertFunction(rolledBack, 'rolledBack of afterCommit');
    const { reporter } = this.engine.ports;
    return this.engine.units.run(work, guardedRolledBack(rolledBack, 'afterCommit', reporter));
  }

  /**
   * Registers where the values of a region come from before anybody asks for them, for `warm` and for a boot with warming.
   * Gives a function that takes it back.
   * @throws CacheError `INVALID_OPTION` unless `source` has keys and one way to load.
   */
  warmFrom<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    source: WarmSource<NoInfer<A>, NoInfer<V>>,
  ): () => void {
    return this.engine.warmings.from(region, source);
  }

  /**
   * Begins to load what is not fresh: of all registered sources (`'*'`), of regions, of groups by name, or of one region from
   * a source for this once. Instances that warm at the same time share the work. Its reads and loads count as no requests.
   * @throws CacheError `UNKNOWN_REGION`, `IN_UNIT_OF_WORK`, `INVALID_OPTION` where nothing was registered.
   */
  warm(target?: WarmTarget, options?: WarmOptions): Warming;
  warm<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    source: WarmSource<NoInfer<A>, NoInfer<V>>,
    options?: WarmOptions,
  ): Warming;
  warm(target: WarmTarget = '*', given: object = {}, options: WarmOptions = {}): Warming {
    const { warmings } = this.engine;
    if ('keys' in callOptions(given))
      return warmings.beginFrom(target as RegionRef, given, warmOptions(options));
    return warmings.begin(target === '*' ? undefined : target, warmOptions(given));
  }

  /**
   * The writes of a region that its handler refused for good: to look at, to replay when what was wrong is mended, or to drop.
   * @throws CacheError `WRITE_BEHIND_REGION` for a region without `writeBehind`.
   */
  deadLetters<A extends readonly unknown[], V>(region: RegionOrName<A, V>): DeadLetters<A, V> {
    const behind = logOf(this.engine.regions.get(region));
    return new DeadLetters<A, V>({ region: behind, log: behind.log, partitions: () => behind.divided() });
  }

  /** Whether a source is registered for a region. */
  isWarmable(region: AnyRegion | string): boolean {
    return this.engine.warmings.has(region);
  }

  /** The warmings that run now. */
  get warmings(): readonly Warming[] {
    return this.engine.warmings.running;
  }

  #keys(region: RegionRuntime, keys: readonly (readonly unknown[])[]): string[] {
    assertLists(keys, 'keys');
    return keys.map((args) => KeyedCall.get(region, args).key);
  }
}
