import { canonicalKey, explainArguments } from '../contracts/canonical-key.js';
import type { AnyStructure, StructureOptions } from '../contracts/derived.js';
import { isStructure } from '../contracts/derived.js';
import type { DerivedPlace } from '../contracts/derived-store.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { Recorder, RegionRecorder } from '../contracts/events.js';
import { shown } from '../contracts/shown.js';
import { DEFAULT_PARTITION } from './region-registry.js';
import type { RegionRegistry } from './region-registry.js';

const MAX_MEMBERS = 10_000;

/** Counters or a ranking as the engine uses it: every option resolved. Durations in milliseconds. */
export interface StructureRuntime {
  readonly name: string;
  readonly kind: 'counters' | 'ranking';
  readonly partition: string;
  /** What a deployment says of it differently is known only when its strategy is there. */
  ttlMs: number;
  /** Of rankings. */
  readonly halfLifeMs: number;
  readonly maxMembers: number;
  readonly recorder: RegionRecorder;
}

/** What the registry works with. */
export interface StructureParts {
  readonly regions: RegionRegistry;
  readonly recorder: Recorder;
  readonly defaultTtlMs: number;
  readonly partitions: { assertKnown(name: string, region: string): void };
}

/** All counters and rankings of an application. Their names are names of regions: figures stand under them. */
export class Structures {
  readonly #runtimes = new Map<string, StructureRuntime>();

  constructor(private readonly parts: StructureParts) {}

  /**
   * Registers counters or a ranking; the same object may be registered any number of times.
   * @throws CacheError `DUPLICATE_REGION` when the name belongs to something else, `INVALID_OPTION` for a bad option.
   */
  register(structure: AnyStructure): StructureRuntime {
    if (!isStructure(structure))
      throw new CacheError(
        'INVALID_OPTION',
        `counters or a ranking are given as their object, got ${shown(structure)}`,
      );
    const make = () => this.#runtimes.get(structure.name) ?? this.#compile(structure);
    const runtime = this.parts.regions.reserve(structure.name, structure, make);
    this.#runtimes.set(structure.name, runtime);
    return runtime;
  }

  /** Gives it another `ttl`, as a deployment wants it. @throws CacheError `INVALID_OPTION` for a bad duration. */
  settle(structure: AnyStructure, ttl: unknown, option: string): void {
    this.register(structure).ttlMs = toMilliseconds(ttl, option);
  }

  /**
   * Where one is kept.
   * @throws CacheError `NO_CANONICAL_KEY`
   */
  place(runtime: StructureRuntime, args: readonly unknown[]): DerivedPlace {
    const key = canonicalKey(runtime.name, args);
    const { kind, ttlMs, maxMembers, halfLifeMs } = runtime;
    const meaning = kind === 'ranking' ? String(halfLifeMs) : '';
    if (key !== undefined) return { key, kind, ttlMs, maxMembers, meaning };
    const why = explainArguments(args);
    throw new CacheError(
      'NO_CANONICAL_KEY',
      `argument ${(why?.index ?? 0) + 1} of a key of '${runtime.name}' has no canonical form: ${why?.reason ?? 'unknown'}`,
    );
  }

  #compile(structure: AnyStructure): StructureRuntime {
    const { name, kind } = structure;
    const options: StructureOptions = structure.options;
    const { ttl, partition = DEFAULT_PARTITION, maxMembers = MAX_MEMBERS } = options;
    const option = (which: string) => `${which} of '${name}'`;
    this.parts.partitions.assertKnown(partition, name);
    if (!Number.isInteger(maxMembers) || maxMembers < 1 || maxMembers > MAX_MEMBERS) {
      const got = shown(maxMembers);
      throw new CacheError(
        'INVALID_OPTION',
        `${option('maxMembers')} must be 1 to ${MAX_MEMBERS}, got ${got}`,
      );
    }
    return {
      name,
      kind,
      partition,
      ttlMs: ttl === undefined ? this.parts.defaultTtlMs : toMilliseconds(ttl, option('ttl')),
      halfLifeMs: structure.kind === 'ranking' ? positive(structure.options.halfLife, option('halfLife')) : 0,
      maxMembers,
      recorder: this.parts.recorder.region(name),
    };
  }
}

function positive(duration: unknown, option: string): number {
  const ms = toMilliseconds(duration, option);
  if (ms > 0) return ms;
  throw new CacheError('INVALID_OPTION', `${option} must be longer than nothing`);
}
