import { Inject, Optional } from '@nestjs/common';
import type { ConfirmOptions } from '../contracts/call-options.js';
import type {
  AnyStructure,
  AnyTarget,
  Change,
  ChangeOptions,
  Counters,
  Ranking,
} from '../contracts/derived.js';
import { isStructure } from '../contracts/derived.js';
import { CacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import type { CacheOf, CountersCache, RankingCache, RegionCaches } from '../contracts/region-cache.js';
import { REGION_CACHES } from '../contracts/region-cache.js';
import type { AnyRegion } from '../contracts/region.js';
import type { WarmOptions, Warming } from '../contracts/warming.js';

/** The property under which a strategy carries the cache of its own container. */
const CACHES = Symbol('nuthatch.strategy-caches');

/** Regions, counters and rankings by the names that a strategy gives them. */
export type RegionsByName = Readonly<Record<string, AnyRegion | AnyStructure>>;

/** The method object of a region, of counters or of a ranking. */
export type MethodsOf<R> = R extends AnyRegion
  ? CacheOf<R>
  : R extends Counters<infer A>
    ? CountersCache<A>
    : R extends Ranking<infer A>
      ? RankingCache<A>
      : never;

/**
 * A provider that groups the regions of one domain.
 * Listing its class in `forRoot({ strategies })` or `forFeature([…])` provides it and registers its regions. Most extend
 * `StrategyOf(regions)`, which adds a typed method object per region.
 */
export abstract class CacheStrategy {
  abstract readonly regions: RegionsByName;

  @Optional()
  @Inject(REGION_CACHES)
  private readonly [CACHES]?: RegionCaches;

  /** How long values are fresh in each region, in milliseconds, what the deployment says of it included. */
  get ttls(): Readonly<Record<string, number>> {
    const entries = Object.entries(this.regions).map(([name, region]) => [
      name,
      this.methodsOf(region).ttlMs,
    ]);
    return Object.fromEntries(entries) as Record<string, number>;
  }

  /**
   * Condemns every entry of every region; resolves to the worst outcome. Counters and rankings follow each change, and are
   * dropped one by one.
   */
  async clear(options?: ConfirmOptions): Promise<InvalidationOutcome> {
    return worst(await Promise.all(this.#ofEntries.map((region) => this.cacheOf(region).clear(options))));
  }

  /** Begins to load what is not fresh, in every region that has a source. */
  warm(options?: WarmOptions): Warming {
    const caches = this.#caches();
    return caches.warm(
      this.#ofEntries.filter((region) => caches.isWarmable(region)),
      options,
    );
  }

  /** A region of this or another strategy. @throws CacheError `INVALID_OPTION` when Nest did not construct this instance. */
  protected cacheOf<R extends AnyRegion>(region: R): CacheOf<R> {
    return this.#caches().region(region);
  }

  /** The methods of what stands in the table of regions. */
  protected methodsOf<R extends AnyRegion | AnyStructure>(region: R): MethodsOf<R> {
    const caches = this.#caches();
    if (!isStructure(region)) return caches.region(region) as MethodsOf<R>;
    const methods = region.kind === 'counters' ? caches.counters(region) : caches.ranking(region);
    return methods as MethodsOf<R>;
  }

  /** Changes counters and rankings together with the database, as `change` of `CacheService` says. */
  protected change<T>(
    targets: readonly AnyTarget[],
    options: ChangeOptions,
    work: (change: Change) => Promise<T>,
  ): Promise<T> {
    return this.#caches().change(targets, options, work);
  }

  /** Condemns every entry that carries one of the tags, in any region. */
  protected invalidateTags(...tags: readonly string[]): Promise<InvalidationOutcome> {
    return this.#caches().invalidateTags(tags);
  }

  get #ofEntries(): readonly AnyRegion[] {
    return Object.values(this.regions).filter((region): region is AnyRegion => !isStructure(region));
  }

  #caches(): RegionCaches {
    const caches = this[CACHES];
    if (caches !== undefined) return caches;
    throw new CacheError(
      'INVALID_OPTION',
      `${this.constructor.name} has no cache: it must be a provider that Nest constructs, beside CacheModule`,
    );
  }
}

/** What `StrategyOf` makes: a strategy with the method object of each region under the region's name. */
export type StrategyWith<R extends RegionsByName> = CacheStrategy & {
  readonly regions: R;
} & { readonly [K in keyof R]: MethodsOf<R[K]> };

/**
 * The base class of a strategy with these regions: each is a property with `get`, `getMany`, `getOrSet`, `write`, `evict` and
 * the rest of `RegionCache`, typed by the region.
 *
 * @example
 * ```ts
 * const library = defineRegions('library', { book: region<[isbn: string], Book>({ ttl: '1h' }) });
 *
 * @Injectable()
 * export class LibraryStrategy extends StrategyOf(library) {
 *   forget(isbn: string) { return this.book.evict(isbn); }
 * }
 * ```
 * @throws CacheError `INVALID_OPTION` for a region under a name that strategies have a meaning for already.
 */
export function StrategyOf<R extends RegionsByName>(regions: R): abstract new () => StrategyWith<R> {
  abstract class Strategy extends CacheStrategy {
    override readonly regions: R = regions;
  }
  for (const [name, region] of Object.entries(regions)) {
    if (name in Strategy.prototype || name === 'regions')
      throw new CacheError('INVALID_OPTION', `a strategy cannot have a region under the name '${name}'`);
    Object.defineProperty(Strategy.prototype, name, {
      get(this: Strategy) {
        return this.methodsOf(region);
      },
    });
  }
  return Strategy as unknown as abstract new () => StrategyWith<R>;
}
