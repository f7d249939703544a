import type { RegionRegistry } from '../cache/region-registry.js';
import { operationPolicy } from '../cache/region-registry.js';
import { assertTag } from '../cache/region-functions.js';
import { keepFor, withResultTags } from '../cache/keep.js';
import type { Keep, RegionRuntime } from '../cache/requests.js';
import { canonicalKey, canonicalTag, explainArguments } from '../contracts/canonical-key.js';
import { parseDuration, toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type {
  CacheOperation,
  ClassConfig,
  DecoratedMethod,
  OperationOptions,
} from '../contracts/operations.js';
import { CACHE_CONFIG_METADATA } from '../contracts/operations.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import { Region } from '../contracts/region.js';
import { faultOf } from '../contracts/user-fault.js';
import type { BoundOptions, Guarded } from './bound-options.js';
import { assertConfig } from './option-rules.js';

type Args = readonly unknown[];
type Bound = ((args: Args) => Guarded<unknown>) | undefined;

/** The key of a call: found, without a canonical form, or not computable because the user's function threw. */
export type KeyOutcome =
  | { readonly kind: 'key'; readonly key: string; readonly args: Args }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'threw' };

/** A decorated method on one class that has it: inherited by several, it is several, with a region each. */
export interface Site {
  readonly method: DecoratedMethod;
  /** The class of the instance. */
  readonly type: object;
  /** `Class.method`, with that class. */
  readonly name: string;
}

/**
 * What `condition` says. A condition that threw says nothing: then nothing is taken from the cache or put into it, but
 * what is to be removed is removed, for too much is safe there and too little is not.
 */
export type Wish = 'yes' | 'no' | 'unknown';

/**
 * One operation of a decorated method, ready to be asked about a call: region resolved, constants checked, functions bound.
 */
export class CompiledOperation {
  readonly kind: CacheOperation['kind'];
  readonly options: OperationOptions;
  readonly region: RegionRuntime;
  /** How its loads are treated. */
  readonly policy: LoadPolicy;
  /** The region is known by a bare name only: nobody has said what its values are. */
  readonly byName: boolean;
  readonly #key: Bound;
  readonly #tags: Bound;
  readonly #resultTags: Bound;
  readonly #constantTags: readonly string[];
  readonly #condition: Bound;
  readonly #unless: Bound;
  readonly #ttl: Bound;
  readonly #ttlMs: number | undefined;
  readonly #nullTtlMs: number | undefined;

  /** @throws CacheError `INVALID_OPTION`, `INVALID_DECORATOR` or `DUPLICATE_REGION`, naming method and option. */
  constructor(
    operation: CacheOperation,
    site: Site,
    private readonly bound: BoundOptions,
    registry: RegionRegistry,
  ) {
    const config = (Reflect.getMetadata(CACHE_CONFIG_METADATA, site.type) ?? {}) as ClassConfig;
    this.kind = operation.kind;
    this.options = operation.options;
    const where = site.method.name;
    assertConfig(config, where);
    const ref: unknown = this.options.region ?? config.region ?? site.name.replace(/[^\w.-]/g, '_');
    this.byName = typeof ref === 'string';
    this.region = resolveRegion(registry, ref, where);
    this.policy = operationPolicy(this.region, this.options, where);
    this.#key = bound.bind('key', this.options.key);
    this.#tags = bound.bind('tags', this.options.tags);
    this.#resultTags = bound.bind('resultTags', this.options.resultTags);
    this.#condition = bound.bind('condition', this.options.condition);
    this.#unless = bound.bind('unless', this.options.unless);
    const ttl = this.options.ttl ?? config.ttl;
    this.#ttl = bound.bind('ttl', ttl);
    this.#ttlMs = ttl === undefined || this.#ttl ? undefined : toMilliseconds(ttl, `ttl of ${where}`);
    const nullTtl = this.options.nullTtl ?? config.nullTtl;
    this.#nullTtlMs = nullTtl === undefined ? undefined : toMilliseconds(nullTtl, `nullTtl of ${where}`);
    this.#constantTags = constantTags(this.options.tags, where);
  }

  /** Whether all arguments of the method, and nothing else, decide about key and answer. */
  get keyedByArguments(): boolean {
    return this.#key === undefined && this.#condition === undefined;
  }

  /** Whether the operation is wanted for this call. */
  wish(args: Args): Wish {
    if (this.#condition === undefined) return 'yes';
    const answer = this.#condition(args);
    if (!answer.ok) return 'unknown';
    return answer.value === true ? 'yes' : 'no';
  }

  /** The canonical key of a call. */
  keyOf(args: Args): KeyOutcome {
    let keyArgs = args;
    if (this.#key !== undefined) {
      const answer = this.#key(args);
      if (!answer.ok) return { kind: 'threw' };
      if (!Array.isArray(answer.value)) {
        this.bound.report('key', 'did not return an array');
        return { kind: 'threw' };
      }
      keyArgs = answer.value;
    }
    const key = canonicalKey(this.region.name, keyArgs);
    if (key !== undefined) return { kind: 'key', key, args: keyArgs };
    const why = explainArguments(keyArgs);
    return {
      kind: 'none',
      why: `argument ${(why?.index ?? 0) + 1} has no canonical form (${why?.reason ?? 'unknown'})`,
    };
  }

  /** All tags of an entry: the region's own, those of its definition, those of this operation; `undefined` when one could not be computed. */
  tagsOf(args: Args, keyArgs: Args): readonly string[] | undefined {
    const own = this.ownTags(args);
    if (own === undefined) return undefined;
    try {
      const tags = [this.region.tag, ...this.region.tagsOf(keyArgs)];
      for (const tag of own) if (!tags.includes(tag)) tags.push(tag);
      return tags;
    } catch (error) {
      this.bound.report('tags', `${faultOf(error)} in its region`);
      return undefined;
    }
  }

  /** The tags of this operation alone; `undefined` when they could not be computed. */
  ownTags(args: Args): readonly string[] | undefined {
    return this.#tags === undefined ? this.#constantTags : this.#listed('tags', this.#tags(args));
  }

  /** Whether a result may name tags that its arguments do not tell. */
  get lateTags(): boolean {
    return this.region.lateTags || this.#resultTags !== undefined;
  }

  /** The tags of this operation that only its result tells; `undefined` when they could not be computed. */
  ownResultTags(result: unknown, args: Args): readonly string[] | undefined {
    if (this.#resultTags === undefined) return [];
    return this.#listed('resultTags', this.#resultTags([result, ...args]));
  }

  /** Whether and how long to keep a result. An `unless` that throws means no; a `ttl` that fails leaves the region's. */
  keep(result: unknown, args: Args, keyArgs: Args): Keep {
    if (this.#unless !== undefined) {
      const answer = this.#unless([result, ...args]);
      if (!answer.ok || answer.value === true) return { kind: 'leave', why: 'declined' };
    }
    const keep = keepFor(this.region, result, this.#ttlOf(result, args));
    if (keep.kind === 'leave' || !this.lateTags) return keep;
    const own = this.ownResultTags(result, args);
    // a value whose tags cannot be told must not be kept: nothing would condemn it
    if (own === undefined) return { kind: 'leave', why: 'declined' };
    return withResultTags(
      keep,
      () => [...this.region.resultTagsOf(result, keyArgs), ...own],
      (error) => this.bound.report('resultTags', `${faultOf(error)} in its region`),
    );
  }

  #listed(option: string, answer: Guarded<unknown>): readonly string[] | undefined {
    if (!answer.ok) return undefined;
    try {
      return (answer.value as string[]).map((tag) => canonicalTag(assertTag(tag, option)));
    } catch {
      this.bound.report(option, 'did not return an array of tags');
      return undefined;
    }
  }

  #ttlOf(result: unknown, args: Args): number | undefined {
    if (result === null && this.#nullTtlMs !== undefined) return this.#nullTtlMs;
    if (this.#ttl === undefined) return this.#ttlMs;
    const answer = this.#ttl([result, ...args]);
    if (!answer.ok) return undefined;
    const ms = parseDuration(answer.value);
    if (ms === undefined) this.bound.report('ttl', 'did not return a duration');
    return ms;
  }
}

function resolveRegion(registry: RegionRegistry, ref: unknown, where: string): RegionRuntime {
  if (typeof ref === 'string' || ref instanceof Region) return registry.resolve(ref);
  throw new CacheError('INVALID_OPTION', `region of ${where} must be a region or the name of one`);
}

function constantTags(tags: unknown, where: string): readonly string[] {
  if (!Array.isArray(tags)) return [];
  return tags.map((tag) => canonicalTag(assertTag(tag, where)));
}
