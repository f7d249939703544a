import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { ArgumentsPattern } from '../contracts/key-pattern.js';
import { keyPattern } from '../contracts/key-pattern.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import { shown } from '../contracts/shown.js';
import { atOnce, faultOf } from '../contracts/user-fault.js';
import type { MemoryTier } from '../tiers/memory-tier.js';
import { assertFunction, callOptions } from './call-arguments.js';
import type { CallContext } from './call-context.js';
import type { Invalidations } from './invalidations.js';
import type { Partitions } from './partition.js';
import { PatternRun } from './pattern-run.js';
import type { RegionRegistry } from './region-registry.js';
import type { RegionRuntime } from './requests.js';

/** How far the invalidation of a pattern has come. */
export interface PatternProgress {
  /** Names in Redis and in the memory of this process that were looked at, those of regions that are meant; each once per look. */
  readonly scanned: number;
  /** Keys that were evicted. */
  readonly evicted: number;
}

/** What became of the invalidation of a pattern. */
export interface PatternResult extends PatternProgress {
  /**
   * The worst of its evicts; `failed` also where Redis could not be looked through to the end. Then, and when it was
   * cancelled, what it came to is gone and the rest is not.
   */
  readonly outcome: InvalidationOutcome;
  readonly cancelled: boolean;
}

/** What the invalidation of a pattern may be told. */
export interface PatternOptions {
  /** Ends it before its end, with `cancelled: true`. */
  readonly signal?: AbortSignal;
  /** Hears how far it has come, after each portion. */
  readonly onProgress?: (progress: PatternProgress) => void;
}

/** What patterns work with. */
export interface PatternParts {
  readonly regions: RegionRegistry;
  readonly partitions: Partitions;
  readonly memory: MemoryTier;
  readonly invalidations: Invalidations;
  readonly context: CallContext;
  readonly reporter: Reporter;
}

/** A pattern on its way: how far it has come, who listens, and whether it is to end. */
class Course {
  #scanned = 0;
  #evicted = 0;

  constructor(
    private readonly options: PatternOptions,
    private readonly closing: AbortSignal,
    private readonly reporter: Reporter,
  ) {}

  get cancelled(): boolean {
    return this.options.signal?.aborted === true || this.closing.aborted;
  }

  get progress(): PatternProgress {
    return { scanned: this.#scanned, evicted: this.#evicted };
  }

  moved(scanned: number, evicted: number): void {
    this.#scanned += scanned;
    this.#evicted += evicted;
    try {
      atOnce(this.options.onProgress?.(this.progress));
    } catch (fault) {
      this.reporter.once('pattern:onProgress', `onProgress of invalidatePattern ${faultOf(fault)}`);
    }
  }
}

/** Invalidates entries by what their arguments look like. Work for maintenance: it looks through everything there is. */
export class Patterns {
  readonly #closing = new AbortController();

  constructor(private readonly parts: PatternParts) {}

  /**
   * Evicts what a pattern means, with all that an evict does.
   * @throws CacheError `INVALID_OPTION` `UNKNOWN_REGION` `PATTERN_REFUSED`
   */
  async invalidate(pattern: unknown, options: PatternOptions): Promise<PatternResult> {
    assertOptions(options);
    const wanted = keyPattern(pattern);
    const { regions, context, reporter } = this.parts;
    if (context.unit !== undefined)
      throw new CacheError('PATTERN_REFUSED', 'invalidatePattern cannot wait for the end of a unit of work');
    const meant = regions.names.filter((name) => wanted.meansRegion(name)).map((name) => regions.get(name));
    if (meant.length === 0) {
      const known = regions.names.join(', ') || 'none';
      throw new CacheError(
        'UNKNOWN_REGION',
        `no region is meant by the pattern ${shown(pattern)}; known are: ${known}`,
      );
    }
    const course = new Course(options, this.#closing.signal, reporter);
    const outcomes: InvalidationOutcome[] = [];
    for (const region of meant) {
      if (!course.cancelled) outcomes.push(await this.#inRegion(region, wanted.args, course));
    }
    return { outcome: worst(outcomes), ...course.progress, cancelled: course.cancelled };
  }

  /** Ends those that run. */
  close(): void {
    this.#closing.abort();
  }

  async #inRegion(
    region: RegionRuntime,
    args: ArgumentsPattern | undefined,
    course: Course,
  ): Promise<InvalidationOutcome> {
    const { invalidations, partitions, memory, reporter } = this.parts;
    if (args === undefined) return invalidations.clear(region);
    const { coherence, maintenance, name, store } = partitions.of(region);
    const run = new PatternRun({
      region,
      args,
      maintenance,
      reporter,
      evict: (keys) => invalidations.evict(region, keys),
      isCancelled: () => course.cancelled,
      moved: (scanned, evicted) => course.moved(scanned, evicted),
    });
    // what is being loaded without a lease shows nowhere
    coherence.overtake();
    await run.inMemory(memory.names(name));
    if (!course.cancelled) await run.inStore();
    return store !== undefined && maintenance === undefined ? 'failed' : run.outcome;
  }
}

function assertOptions(options: PatternOptions): void {
  const { signal, onProgress } = callOptions(options);
  if (onProgress !== undefined) assertFunction(onProgress, 'onProgress of invalidatePattern');
  if (signal === undefined || typeof (signal as { aborted?: unknown }).aborted === 'boolean') return;
  throw new CacheError('INVALID_OPTION', 'signal of invalidatePattern must be an AbortSignal');
}
