import { regionTag } from '../contracts/canonical-key.js';
import type { CodecName } from '../contracts/codec.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { Recorder, Reporter } from '../contracts/events.js';
import type { LoadOptions, LoadPolicy } from '../contracts/load-policy.js';
import { loadPolicy } from '../contracts/load-policy.js';
import type { AnyRegion, RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';
import { EntryFormat } from '../tiers/entry-format.js';
import type { BehindLogs } from './behind-logs.js';
import { assertRegion } from './call-arguments.js';
import { RegionFunctions } from './region-functions.js';
import type { RegionLog } from './region-log.js';
import type { RegionRuntime } from './requests.js';

/** What holds for every region that does not say otherwise. Durations in milliseconds, sizes in bytes. */
export interface RegionDefaults {
  readonly ttlMs: number;
  readonly codec: CodecName;
  readonly compress: boolean;
  readonly compressionThreshold: number;
  readonly maxValueBytes: number;
  readonly loads: LoadPolicy;
}

/** A region, or the name of one. */
export type RegionRef = AnyRegion | string;

/** The partition of regions that name none. */
export const DEFAULT_PARTITION = 'default';

/** What the registry works with. */
export interface RegistryParts {
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  readonly partitions: { assertKnown(name: string, region: string): void };
  readonly logs: BehindLogs;
}

interface Registered {
  readonly region: AnyRegion;
  readonly runtime: RegionRuntime;
}

/** All regions of an application by name. A name means one region: two definitions of it are an error at boot. */
export class RegionRegistry {
  readonly #regions = new Map<string, Registered>();
  /** Regions, counters and rankings by name. */
  readonly #owners = new Map<string, object>();
  readonly #settled = new Map<string, number>();
  readonly #claims = new Map<string, { readonly by: object; readonly method: string }>();

  constructor(
    private readonly defaults: RegionDefaults,
    private readonly parts: RegistryParts,
  ) {}

  get names(): readonly string[] {
    return [...this.#regions.keys()];
  }

  /** The logs of all regions with write-behind. */
  get logs(): readonly RegionLog[] {
    return [...this.#regions.values()].flatMap(({ runtime }) => runtime.behind ?? []);
  }

  /**
   * Registers a region; the same object may be registered any number of times.
   * @throws CacheError `DUPLICATE_REGION` when the name belongs to another definition, `INVALID_OPTION` for a bad option.
   */
  register(region: AnyRegion): RegionRuntime {
    assertRegion(region);
    const known = this.#regions.get(region.name);
    if (known?.region === region) return known.runtime;
    const runtime = this.reserve(region.name, region, () => this.#compile(region));
    this.#regions.set(region.name, { region, runtime });
    return runtime;
  }

  /**
   * Makes what a name belongs to from then on.
   * @throws CacheError `DUPLICATE_REGION` when it belongs to another region, or to other counters or rankings.
   */
  reserve<T>(name: string, owner: object, make: () => T): T {
    const known = this.#owners.get(name) ?? owner;
    if (known !== owner) {
      throw new CacheError(
        'DUPLICATE_REGION',
        `the region '${name}' is defined twice; define it once and use that object, or choose another name`,
      );
    }
    const made = make();
    this.#owners.set(name, owner);
    return made;
  }

  /**
   * Gives a region another `ttl`, as a deployment wants it. `nullTtl` follows where the region leaves it open.
   * @throws CacheError `INVALID_OPTION` for a bad duration, and when somebody else has said otherwise.
   */
  settle(region: AnyRegion, ttl: unknown, option: string): void {
    const runtime = this.register(region);
    const ttlMs = toMilliseconds(ttl, option);
    const settled = this.#settled.get(region.name) ?? ttlMs;
    if (settled !== ttlMs) {
      throw new CacheError(
        'INVALID_OPTION',
        `${option} is ${ttlMs} ms, but elsewhere the same strategy is given ${settled} ms`,
      );
    }
    this.#settled.set(region.name, ttlMs);
    runtime.ttlMs = ttlMs;
    if (region.options.nullTtl === undefined) runtime.nullTtlMs = ttlMs;
  }

  /** The region a decorator or a call speaks of; a bare name that nobody defined becomes a region with the defaults. */
  resolve(ref: RegionRef): RegionRuntime {
    if (typeof ref !== 'string') return this.register(ref);
    return this.#regions.get(ref)?.runtime ?? this.register(new Region(ref, {}));
  }

  /**
   * Notes that the values of a method (`by` tells it from others of the same name) are kept under a bare name. Two methods under one bare name would answer with each
   * other's values wherever their keys are equal; who wants that defines the region, with its types, and uses the object.
   * @throws CacheError `DUPLICATE_REGION`
   */
  claim(name: string, by: object, method: string): void {
    const claimed = this.#claims.get(name);
    if (claimed === undefined) this.#claims.set(name, { by, method });
    if (claimed === undefined || claimed.by === by) return;
    throw new CacheError(
      'DUPLICATE_REGION',
      `${claimed.method} and ${method} both keep values in the region '${name}', given by name only; define the region once and use the object on both, or choose another name`,
    );
  }

  /** The responses of routes that belong to a region: its tag and lifetimes, figures of their own, and bytes that suit text. */
  responses(region: RegionRuntime): RegionRuntime {
    const { compress, compressionThreshold, maxValueBytes } = this.defaults;
    return {
      ...region,
      behind: undefined,
      format: new EntryFormat({
        codec: 'msgpack',
        compress,
        compressionThreshold,
        maxValueBytes,
        clone: false,
      }),
      recorder: this.parts.recorder.region(`http:${region.name}`),
    };
  }

  /** @throws CacheError `UNKNOWN_REGION` */
  get(ref: RegionRef): RegionRuntime {
    if (typeof ref !== 'string') return this.register(ref);
    const known = this.#regions.get(ref);
    if (known !== undefined) return known.runtime;
    throw new CacheError(
      'UNKNOWN_REGION',
      `no region is named '${ref}'; known are: ${this.names.join(', ') || 'none'}`,
    );
  }

  #compile(region: AnyRegion): RegionRuntime {
    const options = region.options as RegionOptions;
    const option = (name: string) => `${name} of the region '${region.name}'`;
    const ttlMs =
      options.ttl === undefined ? this.defaults.ttlMs : toMilliseconds(options.ttl, option('ttl'));
    const nullTtlMs =
      options.nullTtl === undefined ? ttlMs : toMilliseconds(options.nullTtl, option('nullTtl'));
    const { partition = DEFAULT_PARTITION, strict = false, sliding = false } = options;
    this.parts.partitions.assertKnown(partition, region.name);
    const functions = new RegionFunctions(region.name, options);
    const format = this.#format(region.name, options, functions);
    return {
      name: region.name,
      tag: regionTag(region.name),
      partition,
      ttlMs,
      nullTtlMs,
      memory: options.memory !== false && !strict,
      strict,
      sliding,
      lateTags: 'resultTags' in options,
      policy: this.#policy(region.name, options),
      resultTagsOf: (value, args) => functions.resultTagsOf(value, args),
      format,
      behind: this.#behind(region.name, options, format),
      recorder: this.parts.recorder.region(region.name),
      tagsOf: (args) => functions.tagsOf(args),
      refused: (reason) =>
        this.parts.reporter.once(
          `refused:${region.name}:${reason}`,
          `a value of the region '${region.name}' is not kept: ${reason}`,
        ),
    };
  }

  #behind(
    name: string,
    { writeBehind: given, partition = DEFAULT_PARTITION }: RegionOptions,
    format: EntryFormat,
  ) {
    return given === undefined ? undefined : this.parts.logs.of({ name, partition, given, format });
  }

  #policy(name: string, options: RegionOptions): LoadPolicy {
    const { loads } = this.defaults;
    const where = `the region '${name}'`;
    if (options.strict !== true) return loadPolicy(options, loads, where);
    return strictPolicy(options, { ...loads, failSafe: undefined, softTimeoutMs: undefined }, where);
  }

  #format(name: string, options: RegionOptions, { revive }: RegionFunctions): EntryFormat {
    const { type } = options;
    if ((type === undefined) !== (revive === undefined)) {
      throw new CacheError('INVALID_OPTION', `the region '${name}' needs both type and revive, or neither`);
    }
    const { codec, compress, compressionThreshold, maxValueBytes } = this.defaults;
    const settings = { codec: options.codec ?? codec, compress, compressionThreshold, maxValueBytes };
    const clone = options.isolation === 'clone';
    if (type === undefined || revive === undefined) return new EntryFormat({ ...settings, clone });
    return new EntryFormat({ ...settings, clone, type: type as never, revive: revive });
  }
}

/**
 * The policy of an operation in a region, which may say otherwise than the region.
 * @throws CacheError `INVALID_OPTION` for wrong options, and for fail-safe in a strict region.
 */
export function operationPolicy(region: RegionRuntime, options: LoadOptions, where: string): LoadPolicy {
  const policyOf = region.strict ? strictPolicy : loadPolicy;
  return policyOf(options, region.policy, where);
}

function strictPolicy(options: LoadOptions, base: LoadPolicy, where: string): LoadPolicy {
  const policy = loadPolicy(options, base, where);
  if (policy.failSafe === undefined) return policy;
  throw new CacheError(
    'INVALID_OPTION',
    `failSafe of ${where} answers with what is stale; in a strict region nothing stale answers`,
  );
}
