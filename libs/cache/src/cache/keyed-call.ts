import type { LoadCallOptions } from '../contracts/call-options.js';
import { canonicalKey, explainArguments } from '../contracts/canonical-key.js';
import type { Duration } from '../contracts/duration.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import { PLAIN_LOADS } from '../contracts/load-policy.js';

import { faultOf } from '../contracts/user-fault.js';
import { operationPolicy } from './region-registry.js';
import { keepFor, withResultTags } from './keep.js';
import type { GetOrLoad } from './get-or-load.js';
import { unrevivable } from './given.js';
import { knownTags } from './region-functions.js';
import type { Keep, LoadRequest, RegionRuntime, Running } from './requests.js';
import type { WriteRequest } from './writes.js';

type Args = readonly unknown[];

/** What a call that only looks would load, and keep of it. */
const loadNothing = () => Promise.resolve(undefined);
const keepNothing = (): Keep => ({ kind: 'leave', why: 'declined' });

/** A loader that throws at once fails like one that rejects. */
export async function attempt(load: () => unknown): Promise<unknown> {
  return await load();
}

/** One key of a region as a call by hand names it: by its arguments. */
export class KeyedCall {
  constructor(
    readonly region: RegionRuntime,
    readonly key: string,
    private readonly args: Args,
  ) {}

  /** `undefined` where the arguments have no canonical form. */
  static find(region: RegionRuntime, args: Args): KeyedCall | undefined {
    if (!Array.isArray(args))
      throw new CacheError(
        'INVALID_OPTION',
        `a key of '${region.name}' must be the list of its arguments, got ${typeof args}`,
      );
    const key = canonicalKey(region.name, args);
    return key === undefined ? undefined : new KeyedCall(region, key, args);
  }

  /** @throws CacheError `NO_CANONICAL_KEY` */
  static get(region: RegionRuntime, args: Args): KeyedCall {
    const call = KeyedCall.find(region, args);
    if (call !== undefined) return call;
    const why = explainArguments(args);
    throw new CacheError(
      'NO_CANONICAL_KEY',
      `argument ${(why?.index ?? 0) + 1} of a key of '${region.name}' has no canonical form: ${why?.reason ?? 'unknown'}`,
    );
  }

  /** `undefined` when the region's function could not tell them, which has been said. */
  get tags(): readonly string[] | undefined {
    return knownTags(this.region, this.args);
  }

  /** Whether and how long to keep a value, with the tags that only it tells. */
  keep(value: unknown, ttl: Duration | undefined): Keep {
    const { region, args } = this;
    const ttlMs = ttl === undefined ? undefined : toMilliseconds(ttl, 'ttl');
    const keep = keepFor(region, value, ttlMs);
    if (!region.lateTags) return keep;
    const failed = (error: unknown) => region.refused(`its resultTags function ${faultOf(error)}`);
    return withResultTags(keep, () => region.resultTagsOf(value, args), failed);
  }

  /** What is about to be written, before its value is known. */
  get announced(): WriteRequest {
    const { region, key, tags } = this;
    return { region, key, tags: tags ?? [region.tag], lateTags: tags !== undefined && region.lateTags };
  }

  /** What is to be written; without tags nothing is kept, but the entry that was there goes. */
  write(value: unknown, ttl: Duration | undefined): { readonly write: WriteRequest; readonly keep: Keep } {
    const keep = this.keep(value, ttl);
    return { write: this.announced, keep: this.tags === undefined ? keepNothing() : keep };
  }

  /** `undefined`: the call has to do without the cache, for nobody can tell its tags. */
  request(
    load: (running: Running) => unknown,
    { ttl, ...options }: LoadCallOptions = {},
  ): LoadRequest | undefined {
    const { region, key, tags } = this;
    const plain = Object.keys(options).length === 0;
    const policy = plain ? region.policy : operationPolicy(region, options, `a call for '${region.name}'`);
    // a wrong duration is the caller's mistake and must be said before anything is loaded
    if (ttl !== undefined) toMilliseconds(ttl, 'ttl');
    if (tags === undefined) return undefined;
    return {
      region,
      key,
      tags,
      lateTags: region.lateTags,
      sync: true,
      share: 'always',
      policy,
      load: (running) => attempt(() => load(running)),
      keep: (value) => this.keep(value, ttl),
    };
  }

  /** The stored value; one that cannot be revived is none. */
  async look(reads: GetOrLoad): Promise<unknown> {
    try {
      const inMemory = reads.fromMemory(this.region, this.key);
      if (inMemory !== undefined) return await inMemory;
      const request = this.peek();
      return request && (await reads.peek(request));
    } catch (error) {
      return unrevivable(this.region, error);
    }
  }

  /** A request that only looks: it loads nothing. `undefined`, and counted, where nobody can tell its tags. */
  peek(): LoadRequest | undefined {
    const { region, key, tags } = this;
    if (tags === undefined) {
      region.recorder.record({ type: 'bypassed' });
      return undefined;
    }
    return {
      region,
      key,
      tags,
      lateTags: false,
      sync: true,
      share: 'always',
      policy: PLAIN_LOADS,
      load: loadNothing,
      keep: keepNothing,
    };
  }
}
