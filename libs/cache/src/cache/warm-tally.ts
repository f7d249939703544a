import type { Clock, Timer } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import { faultOf } from '../contracts/user-fault.js';
import type { WarmCounts, WarmProgress } from '../contracts/warming.js';
import type { WarmKeys } from './warm-keys.js';

/** What may become of a key. */
export type WarmOutcome = 'loaded' | 'fresh' | 'failed' | 'skipped';

type Listener = (progress: WarmProgress) => void;

/** How often listeners are told at most, in milliseconds. */
const TELL_EVERY_MS = 100;

/** Counts what becomes of the keys of one region. */
export class RegionTally {
  readonly counts: Record<WarmOutcome, number> = { loaded: 0, fresh: 0, failed: 0, skipped: 0 };
  readonly #lists: WarmKeys[] = [];

  constructor(private readonly changed: () => void) {}

  add(keys: WarmKeys): void {
    this.#lists.push(keys);
  }

  count(outcome: WarmOutcome): void {
    this.counts[outcome]++;
    this.changed();
  }

  get progress(): WarmCounts {
    const { loaded, fresh, failed, skipped } = this.counts;
    const total = sum(this.#lists.map((list) => list.total));
    return { total, done: loaded + fresh + failed + skipped, ...this.counts };
  }
}

/** How far a warming is, and those who want to know. */
export class WarmTally {
  readonly #regions = new Map<string, RegionTally>();
  readonly #listeners = new Set<Listener>();
  #timer: Timer | undefined;
  #ended = false;

  constructor(
    private readonly clock: Clock,
    private readonly reporter: Reporter,
  ) {}

  of(region: string): RegionTally {
    const tally = this.#regions.get(region) ?? new RegionTally(() => this.#changed());
    this.#regions.set(region, tally);
    return tally;
  }

  get progress(): WarmProgress {
    const regions = Object.fromEntries([...this.#regions].map(([name, { progress }]) => [name, progress]));
    const all = Object.values(regions);
    const inAll = (what: Exclude<keyof WarmCounts, 'total'>) =>
      all.reduce((count, counts) => count + counts[what], 0);
    return {
      total: sum(all.map(({ total }) => total)),
      done: inAll('done'),
      loaded: inAll('loaded'),
      fresh: inAll('fresh'),
      failed: inAll('failed'),
      skipped: inAll('skipped'),
      regions,
    };
  }

  /** Tells a listener from now on; one that comes after the end is told of that. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#ended) this.#changed();
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everybody for the last time. */
  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#tell();
  }

  #changed(): void {
    if (this.#listeners.size > 0)
      this.#timer ??= this.clock.after(this.#ended ? 0 : TELL_EVERY_MS, () => this.#tell());
  }

  #tell(): void {
    this.#timer = undefined;
    const { progress } = this;
    for (const listener of this.#listeners) {
      try {
        listener(progress);
      } catch (error) {
        this.reporter.once('warming:listener', `a listener to the progress of a warming ${faultOf(error)}`);
      }
    }
    if (this.#ended) this.#listeners.clear();
  }
}

/** `undefined` as long as one of the numbers is. */
function sum(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (all, one) => (all === undefined || one === undefined ? undefined : all + one),
    0,
  );
}
