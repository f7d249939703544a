import { canonicalKey, explainArguments } from '../contracts/canonical-key.js';
import { canonicalTag } from '../contracts/canonical-key.js';
import type { Duration } from '../contracts/duration.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Region } from '../contracts/region.js';
import type { Engine } from './engine.js';
import { keepFor } from './keep.js';
import type { RegionRef } from './region-registry.js';
import { assertTag } from './region-registry.js';
import type { LoadRequest, RegionRuntime } from './requests.js';

/** What one call may say differently from its region. */
export interface CallOptions {
  /** How long this value is fresh. */
  readonly ttl?: Duration;
}

/**
 * The cache by hand, for what decorators cannot say.
 * A region is given as its object, with typed arguments and value, or by name. No method fails because Redis is away;
 * invalidations say what became of them.
 */
export class CacheService {
  constructor(private readonly engine: Engine) {}

  /** The value of a key, or `undefined` when there is none; loads nothing. */
  get<A extends readonly unknown[], V>(region: Region<A, V>, args: A): Promise<V | undefined>;
  get(region: string, args: readonly unknown[]): Promise<unknown>;
  async get(region: Region | string, args: readonly unknown[]): Promise<unknown> {
    const runtime = this.engine.regions.get(region);
    const key = canonicalKey(runtime.name, args);
    if (key === undefined) return undefined;
    return this.engine.reads.fromMemory(runtime, key) ?? this.#peek(runtime, key, args);
  }

  /** Whether there is a value for a key. */
  has<A extends readonly unknown[], V>(region: Region<A, V>, args: A): Promise<boolean>;
  has(region: string, args: readonly unknown[]): Promise<boolean>;
  async has(region: Region | string, args: readonly unknown[]): Promise<boolean> {
    return (await this.get(region as Region, args)) !== undefined;
  }

  /** The value of a key, loaded once in the whole fleet when there is none. */
  getOrSet<A extends readonly unknown[], V>(
    region: Region<A, V>,
    args: A,
    load: () => Promise<V> | V,
    options?: CallOptions,
  ): Promise<V>;
  getOrSet<V>(
    region: string,
    args: readonly unknown[],
    load: () => Promise<V> | V,
    options?: CallOptions,
  ): Promise<V>;
  async getOrSet(
    region: Region | string,
    args: readonly unknown[],
    load: () => unknown,
    options: CallOptions = {},
  ): Promise<unknown> {
    const runtime = this.engine.regions.resolve(region);
    const key = canonicalKey(runtime.name, args);
    if (key === undefined) {
      runtime.recorder.record({ type: 'bypassed' });
      return load();
    }
    const request = this.#request(runtime, key, args);
    const ttlMs = options.ttl === undefined ? undefined : toMilliseconds(options.ttl, 'ttl');
    return (
      this.engine.reads.fromMemory(runtime, key) ??
      this.engine.reads.run({
        ...request,
        load: () => Promise.resolve(load()),
        keep: (value) => keepFor(runtime, value, ttlMs),
      })
    );
  }

  /**
   * Writes a value that the caller has at hand. Inside a race with other writers prefer `getOrSet` or `@CachePut`: the value
   * written here is only as fresh as the caller's read of it.
   * @throws CacheError `NO_CANONICAL_KEY`, `NOT_STORABLE` for `undefined`.
   */
  set<A extends readonly unknown[], V>(
    region: Region<A, V>,
    args: A,
    value: V,
    options?: CallOptions,
  ): Promise<InvalidationOutcome>;
  set(
    region: string,
    args: readonly unknown[],
    value: unknown,
    options?: CallOptions,
  ): Promise<InvalidationOutcome>;
  async set(
    region: Region | string,
    args: readonly unknown[],
    value: unknown,
    options: CallOptions = {},
  ): Promise<InvalidationOutcome> {
    if (value === undefined)
      throw new CacheError('NOT_STORABLE', 'undefined is a miss and cannot be stored; use delete');
    const runtime = this.engine.regions.resolve(region);
    const key = this.#keyOf(runtime, args);
    const ttlMs = options.ttl === undefined ? undefined : toMilliseconds(options.ttl, 'ttl');
    const write = await this.engine.writes.begin({ region: runtime, key, tags: tagsOf(runtime, args) });
    return this.engine.writes.commit(write, value, keepFor(runtime, value, ttlMs));
  }

  /** Removes one entry, and every response that was declared with its region and key. */
  delete<A extends readonly unknown[], V>(region: Region<A, V>, args: A): Promise<InvalidationOutcome>;
  delete(region: string, args: readonly unknown[]): Promise<InvalidationOutcome>;
  delete(region: Region | string, args: readonly unknown[]): Promise<InvalidationOutcome> {
    return this.evict(region as Region, [args]);
  }

  /**
   * Removes entries, and every response that was declared with their region and keys.
   * @throws CacheError `NO_CANONICAL_KEY` when arguments have no canonical form, for then nobody knows what to remove.
   */
  evict<A extends readonly unknown[], V>(
    region: Region<A, V>,
    keys: readonly A[],
  ): Promise<InvalidationOutcome>;
  evict(region: string, keys: readonly (readonly unknown[])[]): Promise<InvalidationOutcome>;
  async evict(region: Region | string, keys: readonly (readonly unknown[])[]): Promise<InvalidationOutcome> {
    const runtime = this.engine.regions.get(region);
    return this.engine.writes.evict(
      runtime,
      keys.map((args) => this.#keyOf(runtime, args)),
    );
  }

  /** Condemns every entry that carries one of the tags, in one round trip however many entries there are. */
  async invalidateTags(...tags: readonly string[]): Promise<InvalidationOutcome> {
    return this.engine.writes.invalidateTags(
      tags.map((tag) => canonicalTag(assertTag(tag, 'invalidateTags'))),
    );
  }

  /** Condemns every entry of a region. */
  async clear(region: RegionRef): Promise<InvalidationOutcome> {
    return this.engine.writes.clear(this.engine.regions.get(region));
  }

  #keyOf(region: RegionRuntime, args: readonly unknown[]): string {
    const key = canonicalKey(region.name, args);
    if (key !== undefined) return key;
    const why = explainArguments(args);
    throw new CacheError(
      'NO_CANONICAL_KEY',
      `argument ${(why?.index ?? 0) + 1} of a key of '${region.name}' has no canonical form: ${why?.reason ?? 'unknown'}`,
    );
  }

  #request(region: RegionRuntime, key: string, args: readonly unknown[]): Pick<LoadRequest, ResolvedParts> {
    return { region, key, tags: tagsOf(region, args), sync: true, share: 'always' };
  }

  #peek(region: RegionRuntime, key: string, args: readonly unknown[]): Promise<unknown> {
    const request = this.#request(region, key, args);
    return this.engine.reads.peek({
      ...request,
      load: () => Promise.resolve(undefined),
      keep: () => ({ kind: 'leave', why: 'declined' }),
    });
  }
}

type ResolvedParts = 'region' | 'key' | 'tags' | 'sync' | 'share';

function tagsOf(region: RegionRuntime, args: readonly unknown[]): readonly string[] {
  return [region.tag, ...region.tagsOf(args)];
}
