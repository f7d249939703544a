import { setImmediate } from 'node:timers/promises';
import type { Clock, Timer } from '../contracts/clock.js';
import type { Reporter } from '../contracts/events.js';
import { isCacheError } from '../contracts/errors.js';
import { faultOf } from '../contracts/user-fault.js';
import type { Slots } from './slots.js';
import { Errand } from './warm-errand.js';
import type { Missing } from './warm-errand.js';
import type { WarmKeys } from './warm-keys.js';
import type { LegOutcome, WarmLoads } from './warm-loads.js';
import type { WarmLooks } from './warm-looks.js';
import type { CheckedSource } from './warm-source.js';
import type { RegionTally } from './warm-tally.js';
import type { WarmThroughs } from './warm-throughs.js';

/** What one walk works with. Times in milliseconds. */
export interface WalkParts {
  readonly source: CheckedSource;
  readonly keys: WarmKeys;
  readonly tally: RegionTally;
  readonly slots: Slots;
  readonly looks: WarmLooks;
  readonly loads: WarmLoads | WarmThroughs;
  readonly isPatient: () => boolean;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** How long a key that others load is looked for. */
  readonly waitMs: number;
}

/** How many keys are looked for at once. */
const LOOK_AT_ONCE = 100;
/** Pauses between two looks at keys that others load, in milliseconds: each twice the one before. */
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 200;

/**
 * One walk over the keys of a source: looks, and has loaded what is missing. What others load is looked for again later, at
 * the end or when there is enough of it, so that no slot waits for it.
 */
export class WarmWalk {
  /** Whether all keys were listed. */
  isComplete = true;
  #isCancelled = false;
  #wake: () => void = () => undefined;
  #later: Errand[] = [];
  #pauseMs = FIRST_PAUSE_MS;
  readonly #inAir = new Set<Promise<void>>();

  constructor(private readonly parts: WalkParts) {}

  /** Never rejects; resolves when nothing of it is in the air any more. */
  async run(): Promise<void> {
    for (;;) {
      const errands = await this.#next();
      if (errands.length === 0) break;
      await this.#visit(errands);
      // looks that memory answers would never let anybody else have the processor
      await setImmediate();
    }
    this.parts.keys.close();
    await Promise.all(this.#inAir);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.parts.keys.close();
    this.#wake();
  }

  async #next(): Promise<Errand[]> {
    if (this.#later.length < LOOK_AT_ONCE && !this.#isCancelled) {
      const listed = await this.#listed();
      if (listed.length > 0) return listed;
      await Promise.all(this.#inAir);
    }
    if (this.#later.length > 0 && !this.#isCancelled) await this.#pause(this.#pauseMs);
    if (this.#isCancelled) return [];
    return this.#later.splice(0, LOOK_AT_ONCE);
  }

  async #listed(): Promise<Errand[]> {
    const { keys, source, looks, reporter } = this.parts;
    try {
      const args = await keys.take(LOOK_AT_ONCE);
      return args.map((one) => new Errand(one, looks.region, source));
    } catch (error) {
      const { name } = source.region;
      reporter.once(
        `warming:keys:${name}`,
        `the keys to warm the region '${name}' end early: their source ${faultOf(error)}`,
      );
      this.isComplete = false;
      keys.close();
      return [];
    }
  }

  async #visit(errands: readonly Errand[]): Promise<void> {
    const { looks, slots, isPatient } = this.parts;
    const { fresh, missing, lost } = await looks.look(errands);
    for (const errand of fresh) this.#settle(errand, 'fresh');
    for (const errand of lost) this.#settle(errand, 'failed');
    const ready = missing.filter(({ errand, found }) => {
      const waits = found?.kind === 'away' && isPatient();
      if (waits) this.#settle(errand, 'later');
      return !waits;
    });
    for (const group of this.#groups(ready)) {
      await slots.take();
      if (this.#isCancelled) return slots.free();
      this.#fly(group);
    }
  }

  *#groups(missing: readonly Missing[]): Generator<readonly Missing[]> {
    const { way } = this.parts.source;
    const size = way.kind === 'many' ? way.batch : 1;
    for (let from = 0; from < missing.length; from += size) yield missing.slice(from, from + size);
  }

  #fly(group: readonly Missing[]): void {
    const { loads, slots } = this.parts;
    const flying = loads.load(group).then((outcomes) => {
      slots.free();
      this.#inAir.delete(flying);
      group.forEach(({ errand }, i) => this.#settle(errand, outcomes[i] ?? 'failed'));
    });
    this.#inAir.add(flying);
  }

  #settle(errand: Errand, outcome: LegOutcome): void {
    const { tally, clock, waitMs } = this.parts;
    if (outcome === 'later') {
      const now = clock.now();
      errand.heldSince ??= now;
      if (now - errand.heldSince < waitMs) {
        this.#later.push(errand);
        return;
      }
    }
    this.#pauseMs = FIRST_PAUSE_MS;
    if (outcome === 'failed' || outcome === 'later') this.#report(errand);
    tally.count(outcome === 'later' ? 'failed' : outcome);
  }

  #report({ ended, request }: Errand): void {
    const { source, reporter } = this.parts;
    const { name } = source.region;
    let why = request === undefined ? 'it has no canonical form' : 'others have loaded it for too long';
    if (ended?.kind === 'failed')
      why = isCacheError(ended.error) ? ended.error.code : `its loader ${faultOf(ended.error)}`;
    reporter.once(`warming:${name}`, `a key of the region '${name}' was not warmed: ${why}`);
  }

  /** Ends early when the walk is cancelled. */
  async #pause(ms: number): Promise<void> {
    this.#pauseMs = Math.min(ms * 2, LAST_PAUSE_MS);
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = this.parts.clock.after(ms, resolve);
    });
    timer?.cancel();
  }
}
