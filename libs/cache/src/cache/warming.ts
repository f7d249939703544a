import type { Clock } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import type { Warming, WarmProgress, WarmReport } from '../contracts/warming.js';
import type { CallContext } from './call-context.js';
import type { Fetch } from './fetch.js';
import type { GetOrLoad } from './get-or-load.js';
import type { RegionRuntime } from './requests.js';
import { Slots } from './slots.js';
import { uncounted } from './uncounted.js';
import { WarmKeys } from './warm-keys.js';
import { WarmLoads } from './warm-loads.js';
import { WarmLooks } from './warm-looks.js';
import type { CheckedSource } from './warm-source.js';
import { WarmTally } from './warm-tally.js';
import { WarmThroughs } from './warm-throughs.js';
import { WarmWalk } from './warm-walk.js';
import type { MemoryTier } from '../tiers/memory-tier.js';

/** What warmings work with. Times in milliseconds. */
export interface WarmingParts {
  readonly reads: GetOrLoad;
  readonly memory: MemoryTier;
  readonly context: CallContext;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly fetchOf: (region: RegionRuntime) => Fetch;
  /** How long a key that others load is looked for. */
  readonly waitMs: number;
}

/** How long a warming waits, in all, for a Redis that does not answer: at boot it may be a moment late. */
const PATIENCE_MS = 3_000;

/** One run over the keys of some sources, all of them at the same time, with a bound on the loads in the air. */
export class WarmingRun implements Warming {
  readonly finished: Promise<WarmReport>;
  readonly #tally: WarmTally;
  readonly #walks: readonly WarmWalk[];
  readonly #slots: Slots;
  readonly #startedAt: number;
  #patientUntil: number | undefined;
  #isCancelled = false;

  constructor(
    private readonly parts: WarmingParts,
    sources: readonly CheckedSource[],
    concurrency: number,
  ) {
    const { clock, reporter } = parts;
    this.#startedAt = clock.now();
    this.#slots = new Slots(concurrency);
    this.#tally = new WarmTally(clock, reporter);
    this.#walks = sources.map((source) => this.#walk(source));
    this.finished = parts.context.outside(() => this.#run());
  }

  get progress(): WarmProgress {
    return this.#tally.progress;
  }

  onProgress(listener: (progress: WarmProgress) => void): () => void {
    return this.#tally.listen(listener);
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const walk of this.#walks) walk.cancel();
  }

  async #run(): Promise<WarmReport> {
    await Promise.all(this.#walks.map((walk) => walk.run()));
    this.#tally.end();
    const ms = this.parts.clock.now() - this.#startedAt;
    return { ...this.progress, outcome: this.#outcome, ms };
  }

  get #outcome(): WarmReport['outcome'] {
    if (this.#isCancelled) return 'cancelled';
    return this.#walks.every(({ isComplete }) => isComplete) ? 'complete' : 'incomplete';
  }

  get #isPatient(): boolean {
    const now = this.parts.clock.now();
    this.#patientUntil ??= now + PATIENCE_MS;
    return now < this.#patientUntil;
  }

  #walk(source: CheckedSource): WarmWalk {
    const { parts } = this;
    const { way, region } = source;
    const keys = new WarmKeys(source.keys);
    const tally = this.#tally.of(region.name);
    tally.add(keys);
    const fetch = parts.fetchOf(region);
    const looks = new WarmLooks({ ...parts, fetch }, uncounted(region));
    const isPatient = () => this.#isPatient;
    const loads =
      way.kind === 'through'
        ? new WarmThroughs({ ...parts, looks, region, through: way.through })
        : new WarmLoads({ ...parts, fetch, looks, way, isPatient });
    return new WarmWalk({ ...parts, source, keys, tally, slots: this.#slots, looks, loads, isPatient });
  }
}
