import { canonicalTag } from '../contracts/canonical-key.js';
import type { Duration } from '../contracts/duration.js';
import { toMilliseconds } from '../contracts/duration.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { LoadContext } from '../contracts/load-context.js';
import { uncached } from '../contracts/load-context.js';
import type { AnyRegion, Region } from '../contracts/region.js';
import type { LoadMany } from './batch-loader.js';
import type { Engine } from './engine.js';
import { assertFunction, assertLists, callOptions, confirmation } from './call-arguments.js';
import type { LoadCallOptions } from './keyed-call.js';
import { KeyedCall } from './keyed-call.js';
import { assertTag } from './region-functions.js';
import type { RegionRuntime } from './requests.js';
import { guardedRolledBack } from './rolled-back.js';
import { setMany } from './set-many.js';
import { isRolledBack } from './units.js';

/** What one call may say differently from its region. */
export interface CallOptions {
  /** How long this value is fresh. */
  readonly ttl?: Duration;
}

/** How sure an invalidation must be. */
export interface ConfirmOptions {
  /** `'replicated'`: resolves to `confirmed` only when a replica of Redis has it too. */
  readonly confirm?: 'replicated';
}

/** What a unit of work can be told. */
export interface UnitOptions {
  /** Whether an error means that the transaction was rolled back. Default: every error but those of a broken connection. */
  readonly rolledBack?: (error: unknown) => boolean;
}

/** A region by its object, with typed arguments and value, or by name. */
export type RegionOrName<A extends readonly unknown[], V> = Region<A, V> | string;

/**
 * The cache by hand, for what decorators cannot say.
 * A region is given as its object, with typed arguments and value, or by name. No method fails because Redis is away;
 * invalidations say what became of them.
 */
export class CacheService {
  constructor(private readonly engine: Engine) {}

  /** The value of a key, or `undefined` when there is none; loads nothing. */
  async get<A extends readonly unknown[], V>(region: RegionOrName<A, V>, args: A): Promise<V | undefined> {
    const call = KeyedCall.find(this.engine.regions.get(region), args);
    return (await call?.look(this.engine.reads)) as V | undefined;
  }

  /** Whether there is a value for a key. */
  async has<A extends readonly unknown[], V>(region: RegionOrName<A, V>, args: A): Promise<boolean> {
    return (await this.get(region, args)) !== undefined;
  }

  /** How long the value of a key is still fresh, in milliseconds; `undefined` when there is none. */
  async ttl<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
  ): Promise<number | undefined> {
    const call = KeyedCall.find(this.engine.regions.get(region), args);
    const request = call?.peek();
    return request && this.engine.lives.left(request);
  }

  /**
   * Gives a value a new life: `ttl`, or the region's. Resolves to whether there was one; it may be another's by now.
   * @throws CacheError `NO_CANONICAL_KEY`
   */
  async touch<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    options: CallOptions = {},
  ): Promise<boolean> {
    const call = KeyedCall.get(this.engine.regions.get(region), args);
    const { ttl } = callOptions(options);
    const ttlMs = ttl === undefined ? call.region.ttlMs : toMilliseconds(ttl, 'ttl');
    const request = call.peek();
    return request !== undefined && this.engine.lives.prolong(request, ttlMs);
  }

  /** The value of a key, loaded once in the whole fleet when there is none. */
  async getOrSet<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    load: (context: LoadContext<V>) => Promise<V> | V,
    options: LoadCallOptions = {},
  ): Promise<V> {
    const runtime = this.engine.regions.resolve(region);
    assertFunction(load, 'the loader');
    const checked = callOptions(options);
    const { reads } = this.engine;
    const call = KeyedCall.find(runtime, args);
    const inMemory = call && reads.fromMemory(runtime, call.key);
    if (inMemory !== undefined) return inMemory as Promise<V>;
    const loader = load as (context: LoadContext) => unknown;
    const request = call?.request(loader, checked);
    if (request !== undefined) return (await reads.run(request)) as V;
    runtime.recorder.record({ type: 'bypassed' });
    return uncached((context) => load(context as LoadContext<V>));
  }

  /**
   * The values of several keys in their order, `undefined` where there is none; loads nothing. One round trip per server.
   * @throws CacheError `INVALID_OPTION` unless `keys` is a list of argument lists.
   */
  async getMany<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
  ): Promise<(V | undefined)[]> {
    return (await this.engine.batches.get(this.engine.regions.get(region), keys)) as (V | undefined)[];
  }

  /**
   * The values of several keys in their order. `load` is called once for those that nobody has or loads, and answers with
   * one value per key in their order; `undefined` means that there is none, and is not kept.
   * What other calls load is waited for; only what does not come is asked for in a second call, and not stored.
   * @throws CacheError `INVALID_OPTION` as `getMany`, `WRONG_BATCH` for an answer of another length
   */
  async getOrSetMany<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
    load: (missing: readonly NoInfer<A>[], context: LoadContext) => Promise<readonly (V | undefined)[]>,
    options: LoadCallOptions = {},
  ): Promise<V[]> {
    const runtime = this.engine.regions.resolve(region);
    assertFunction(load, 'the loader');
    const told = callOptions(options);
    return (await this.engine.batches.getOrLoad(runtime, keys, load as LoadMany, told)) as V[];
  }

  /**
   * Writes a value that the caller has at hand. Inside a race with other writers prefer `getOrSet` or `@CachePut`: the value
   * written here is only as fresh as the caller's read of it.
   * @throws CacheError `NO_CANONICAL_KEY`, `NOT_STORABLE` for `undefined`.
   */
  async set<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    value: V,
    options: CallOptions = {},
  ): Promise<InvalidationOutcome> {
    return this.setMany(region, [[args, value]], options);
  }

  /**
   * Writes several values, in two round trips however many there are.
   * @throws CacheError `NO_CANONICAL_KEY`, `NOT_STORABLE` for `undefined`; then nothing is written.
   */
  async setMany<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    entries: readonly (readonly [args: A, value: V])[],
    options: CallOptions = {},
  ): Promise<InvalidationOutcome> {
    const runtime = this.engine.regions.resolve(region);
    const { ttl } = callOptions(options);
    assertLists(entries, 'entries');
    return setMany(this.engine.writes, runtime, entries, ttl);
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
