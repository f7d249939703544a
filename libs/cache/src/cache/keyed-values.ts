import type { WriteBehindReceipt } from '../contracts/behind-handler.js';
import type { CallOptions, LoadCallOptions } from '../contracts/call-options.js';
import { toMilliseconds } from '../contracts/duration.js';
import type { LoadContext } from '../contracts/load-context.js';
import { uncached } from '../contracts/load-context.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Persist } from '../contracts/region-cache.js';
import type { Region } from '../contracts/region.js';
import type { LoadMany } from './batch-loader.js';
import { assertNotBehind } from './behind.js';
import { assertFunction, assertLists, callOptions } from './call-arguments.js';
import type { Engine } from './engine.js';
import { KeyedCall } from './keyed-call.js';
import { setMany } from './set-many.js';
import { workOf, writeThrough } from './write-through.js';

/** A region by its object, with typed arguments and value, or by name. */
export type RegionOrName<A extends readonly unknown[], V> = Region<A, V> | string;

/** The half of `CacheService` that reads and writes values; what undoes them is the other. */
export abstract class KeyedValues {
  constructor(protected readonly engine: Engine) {}

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
    assertNotBehind(call.region, 'touch');
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
    assertNotBehind(runtime, 'set');
    const { ttl } = callOptions(options);
    assertLists(entries, 'entries');
    return setMany(this.engine.writes, runtime, entries, ttl);
  }

  /**
   * Writes through: begins the write in the cache, runs `work`, which writes to the database and gives the new value, and
   * keeps that value unless another write or an evict came between. Nothing that was read from the database meanwhile is
   * kept. When `work` throws, or gives `undefined`, the entry is gone. Gives what `work` gave, and never fails because Redis
   * is away. The database's own timeout must be shorter than `maxWrite`.
   * @throws CacheError `NO_CANONICAL_KEY`, `INVALID_OPTION` before `work` runs; whatever `work` throws.
   */
  async write<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    work: () => Promise<V>,
    options?: CallOptions,
  ): Promise<V>;
  /** The same for a value that is at hand: what `persist` makes of it is kept, or the value where that gives nothing. */
  async write<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    value: V,
    persist: Persist<NoInfer<V>>,
    options?: CallOptions,
  ): Promise<V>;
  async write(
    region: RegionOrName<readonly unknown[], unknown>,
    args: readonly unknown[],
    ...given: readonly unknown[]
  ): Promise<unknown> {
    const call = KeyedCall.get(this.engine.regions.resolve(region), args);
    assertNotBehind(call.region, 'write');
    const { work, options } = workOf(given);
    assertFunction(work, 'the work of write');
    return writeThrough(this.engine, call, work, callOptions(options).ttl);
  }

  /**
   * Acknowledges a value as soon as the region's log has it; its `@WriteBehindHandler` writes it to the database later. Reads
   * of the key give it at once, on every instance. Where the log does not take it, the handler writes it now, if this process
   * has it: `via` says which it was.
   * @throws CacheError `NO_CANONICAL_KEY`, `NOT_STORABLE`, `WRITE_BEHIND_REGION` for a region without `writeBehind`,
   * `IN_UNIT_OF_WORK`, `WRITE_BEHIND_FULL`, `WRITE_BEHIND_UNAVAILABLE`; what the handler throws. Then nothing is acknowledged.
   */
  async writeBehind<A extends readonly unknown[], V>(
    region: RegionOrName<A, V>,
    args: A,
    value: NoInfer<V>,
    options: CallOptions = {},
  ): Promise<WriteBehindReceipt> {
    const call = KeyedCall.get(this.engine.regions.get(region), args);
    const { ttl } = callOptions(options);
    return this.engine.behind.write({ ...call.write(value, ttl), args, value });
  }
}
