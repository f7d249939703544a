import { CacheError } from '../contracts/errors.js';
import type { Warming } from '../contracts/warming.js';
import type { RegionRef, RegionRegistry } from './region-registry.js';
import type { RegionRuntime } from './requests.js';
import type { CheckedSource } from './warm-source.js';
import { checkedSource } from './warm-source.js';
import type { WarmingParts } from './warming.js';
import { WarmingRun } from './warming.js';

/** What is to be warmed: a region by its object or name, a group by its name, or several of these. */
export type WarmTarget = RegionRef | readonly RegionRef[];

/** What a warming may be told, as it is given. */
export interface WarmSettings {
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the values of regions come from before anybody asks, and the warmings that run. */
export class Warmings {
  readonly #sources = new Set<CheckedSource>();
  readonly #running = new Set<WarmingRun>();
  #isStopped = false;

  constructor(
    private readonly parts: WarmingParts & { readonly regions: RegionRegistry },
    private readonly concurrency: number,
  ) {}

  /** Those that run now. */
  get running(): readonly Warming[] {
    return [...this.#running];
  }

  /** Registers a source; gives a function that takes it back. */
  from(ref: RegionRef, source: unknown): () => void {
    const checked = checkedSource(this.parts.regions.resolve(ref), source);
    this.#sources.add(checked);
    return () => void this.#sources.delete(checked);
  }

  has(ref: RegionRef): boolean {
    const region = this.parts.regions.get(ref);
    return [...this.#sources].some((source) => source.region === region);
  }

  /**
   * Begins a warming of what is registered: all of it, or of `target`.
   * @throws CacheError `UNKNOWN_REGION` for a name of nothing, `INVALID_OPTION` for a region without a source, `IN_UNIT_OF_WORK`.
   */
  begin(target: WarmTarget | undefined, settings: WarmSettings): Warming {
    if (target === undefined) return this.#begin([...this.#sources], settings);
    const refs = Array.isArray(target) ? (target as readonly RegionRef[]) : [target as RegionRef];
    return this.#begin([...new Set(refs.flatMap((ref) => this.#named(ref)))], settings);
  }

  /** Begins a warming of one region from a source that is given for this once. */
  beginFrom(ref: RegionRef, source: unknown, settings: WarmSettings): Warming {
    return this.#begin([checkedSource(this.parts.regions.resolve(ref), source)], settings);
  }

  /** Cancels all that run, and all that are begun later; resolves when their loads have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const warming of this.#running) warming.cancel();
    await Promise.all([...this.#running].map(({ finished }) => finished));
  }

  #named(ref: RegionRef): readonly CheckedSource[] {
    const all = [...this.#sources];
    const inGroup = ({ region }: CheckedSource) =>
      typeof ref === 'string' && region.name.startsWith(`${ref}.`);
    const group = all.filter(inGroup);
    if (group.length > 0) return group;
    const region: RegionRuntime = this.parts.regions.get(ref);
    const own = all.filter((source) => source.region === region);
    if (own.length > 0) return own;
    throw new CacheError(
      'INVALID_OPTION',
      `nothing says where the values of the region '${region.name}' come from: warmFrom does, or the call's own source`,
    );
  }

  #begin(
    sources: readonly CheckedSource[],
    { concurrency = this.concurrency, signal }: WarmSettings,
  ): Warming {
    if (this.parts.context.unit !== undefined)
      throw new CacheError(
        'IN_UNIT_OF_WORK',
        'a warming cannot begin inside a unit of work: what is loaded there may never be committed',
      );
    const warming = new WarmingRun(this.parts, sources, concurrency);
    this.#running.add(warming);
    const cancel = () => warming.cancel();
    signal?.addEventListener('abort', cancel);
    void warming.finished.then(() => {
      this.#running.delete(warming);
      signal?.removeEventListener('abort', cancel);
    });
    if (this.#isStopped || signal?.aborted === true) cancel();
    return warming;
  }
}
