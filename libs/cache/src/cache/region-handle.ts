import type { WriteBehindReceipt } from '../contracts/behind-handler.js';
import type { CallOptions, ConfirmOptions, LoadCallOptions } from '../contracts/call-options.js';
import type { LoadContext } from '../contracts/load-context.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Persist, RegionCache } from '../contracts/region-cache.js';
import type { AnyRegion, Region } from '../contracts/region.js';
import type { WarmOptions, WarmSource, Warming } from '../contracts/warming.js';
import type { KeyedValues, RegionOrName } from './keyed-values.js';

/** The methods of a `CacheService` that a handle passes calls on to. */
interface Service extends KeyedValues {
  evict<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
    options?: ConfirmOptions,
  ): Promise<InvalidationOutcome>;
  expire<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    keys: readonly A[],
  ): Promise<InvalidationOutcome>;
  clear(region: AnyRegion | string, options?: ConfirmOptions): Promise<InvalidationOutcome>;
  warmFrom<A extends readonly unknown[], V>(region: RegionOrName<A, V>, source: WarmSource<A, V>): () => void;
  warm(region: AnyRegion | string, options?: WarmOptions): Warming;
}

/** A region of a `CacheService`: every method is the service's, with the region filled in. */
export class RegionHandle<A extends readonly unknown[], V> implements RegionCache<A, V> {
  constructor(
    private readonly cache: Service,
    private readonly region: Region<A, V> | string,
    private readonly runtime: { readonly name: string; readonly ttlMs: number },
  ) {}

  get name(): string {
    return this.runtime.name;
  }

  get ttlMs(): number {
    return this.runtime.ttlMs;
  }

  get(...args: A): Promise<V | undefined> {
    return this.cache.get(this.region, args);
  }

  has(...args: A): Promise<boolean> {
    return this.cache.has(this.region, args);
  }

  ttl(...args: A): Promise<number | undefined> {
    return this.cache.ttl(this.region, args);
  }

  getMany(keys: readonly A[]): Promise<(V | undefined)[]> {
    return this.cache.getMany(this.region, keys);
  }

  getOrSet(
    args: A,
    load: (context: LoadContext<V>) => Promise<V> | V,
    options?: LoadCallOptions,
  ): Promise<V> {
    return this.cache.getOrSet(this.region, args, load, options);
  }

  getOrSetMany(
    keys: readonly A[],
    load: (missing: readonly A[], context: LoadContext) => Promise<readonly (V | undefined)[]>,
    options?: LoadCallOptions,
  ): Promise<V[]> {
    return this.cache.getOrSetMany<A, V>(this.region, keys, load, options);
  }

  write(args: A, work: () => Promise<V>, options?: CallOptions): Promise<V>;
  write(args: A, value: V, persist: Persist<V>, options?: CallOptions): Promise<V>;
  write(args: A, ...given: readonly unknown[]): Promise<V> {
    const write = this.cache.write.bind(this.cache) as (...all: unknown[]) => Promise<V>;
    return write(this.region, args, ...given);
  }

  writeBehind(args: A, value: V, options?: CallOptions): Promise<WriteBehindReceipt> {
    return this.cache.writeBehind(this.region, args, value, options);
  }

  set(args: A, value: V, options?: CallOptions): Promise<InvalidationOutcome> {
    return this.cache.set(this.region, args, value, options);
  }

  setMany(
    entries: readonly (readonly [args: A, value: V])[],
    options?: CallOptions,
  ): Promise<InvalidationOutcome> {
    return this.cache.setMany(this.region, entries, options);
  }

  touch(args: A, options?: CallOptions): Promise<boolean> {
    return this.cache.touch(this.region, args, options);
  }

  evict(...args: A): Promise<InvalidationOutcome> {
    return this.cache.evict(this.region, [args]);
  }

  evictMany(keys: readonly A[], options?: ConfirmOptions): Promise<InvalidationOutcome> {
    return this.cache.evict(this.region, keys, options);
  }

  expire(keys: readonly A[]): Promise<InvalidationOutcome> {
    return this.cache.expire(this.region, keys);
  }

  clear(options?: ConfirmOptions): Promise<InvalidationOutcome> {
    return this.cache.clear(this.region, options);
  }

  warmFrom(source: WarmSource<A, V>): () => void {
    return this.cache.warmFrom(this.region, source);
  }

  warm(options?: WarmOptions): Warming {
    return this.cache.warm(this.region, options);
  }
}
