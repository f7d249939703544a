import type { ConfirmOptions } from '../contracts/call-options.js';
import { canonicalTag } from '../contracts/canonical-key.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { CacheOf, RegionCaches } from '../contracts/region-cache.js';
import type { AnyRegion } from '../contracts/region.js';
import { assertFunction, assertLists, confirmation } from './call-arguments.js';
import { KeyedCall } from './keyed-call.js';
import type { RegionOrName } from './keyed-values.js';
import { KeyedValues } from './keyed-values.js';
import { assertTag } from './region-functions.js';
import { RegionHandle } from './region-handle.js';
import type { RegionRuntime } from './requests.js';
import { guardedRolledBack } from './rolled-back.js';
import { isRolledBack } from './units.js';

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
export class CacheService extends KeyedValues implements RegionCaches {
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

  #keys(region: RegionRuntime, keys: readonly (readonly unknown[])[]): string[] {
    assertLists(keys, 'keys');
    return keys.map((args) => KeyedCall.get(region, args).key);
  }
}
