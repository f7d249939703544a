import { canonicalKey, explainArguments } from '../contracts/canonical-key.js';
import type { Duration } from '../contracts/duration.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { LoadOptions } from '../contracts/load-policy.js';
import { loadPolicy, PLAIN_LOADS } from '../contracts/load-policy.js';
import { keepFor, withResultTags } from './keep.js';
import type { Keep, LoadRequest, RegionRuntime, Running } from './requests.js';

type Args = readonly unknown[];

/** What one call that may load says differently from its region. */
export interface LoadCallOptions extends LoadOptions {
  /** How long this value is fresh. */
  readonly ttl?: Duration;
}

/** What a call that only looks would load, and keep of it. */
const loadNothing = () => Promise.resolve(undefined);
const keepNothing = (): Keep => ({ kind: 'leave', why: 'declined' });

/** A loader that throws at once fails like one that rejects. */
async function attempt(load: () => unknown): Promise<unknown> {
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

  get tags(): readonly string[] {
    return [this.region.tag, ...this.region.tagsOf(this.args)];
  }

  /** Whether and how long to keep a value, with the tags that only it tells. */
  keep(value: unknown, ttl: Duration | undefined): Keep {
    const { region, args } = this;
    const ttlMs = ttl === undefined ? undefined : toMilliseconds(ttl, 'ttl');
    const keep = keepFor(region, value, ttlMs);
    if (!region.lateTags) return keep;
    const failed = (error: unknown) => region.refused(`its resultTags threw ${String(error)}`);
    return withResultTags(keep, () => region.resultTagsOf(value, args), failed);
  }

  request(load: (running: Running) => unknown, { ttl, ...options }: LoadCallOptions = {}): LoadRequest {
    const { region, key, tags } = this;
    const plain = Object.keys(options).length === 0;
    const policy = plain ? region.policy : loadPolicy(options, region.policy, `a call for '${region.name}'`);
    // a wrong duration is the caller's mistake and must be said before anything is loaded
    if (ttl !== undefined) toMilliseconds(ttl, 'ttl');
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

  /** A request that only looks: it loads nothing. */
  peek(): LoadRequest {
    const { region, key, tags } = this;
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
