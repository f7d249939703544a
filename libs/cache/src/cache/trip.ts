import type { Mark } from '../coherence/generations.js';
import type { Coherence } from '../coherence/coherence.js';
import type { TagMark, TagState } from '../coherence/tag-table.js';
import type { Budget } from '../resilience/budget.js';
import type { LoadRequest } from './requests.js';

/** A tag as one trip knows it: the mark that was taken first, and the nonce that was read since. */
export class TagTrace implements TagMark {
  readonly generation: number;
  nonce: string | undefined = undefined;
  /** An entry made by this trip carries the tag; others were only met in an entry that was read. */
  carried: boolean;

  constructor(
    readonly state: TagState,
    carried: boolean,
  ) {
    this.generation = state.generation;
    this.carried = carried;
  }
}

/** Where and when a trip begins. */
export interface TripSetting {
  readonly coherence: Coherence;
  readonly makeBudget: () => Budget;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly nested: boolean;
}

/**
 * One flight's way through the tiers: its budget, and the marks it took before it asked anybody for anything.
 * A value may enter memory only if every mark still holds when it arrives.
 */
export class Trip {
  readonly mark: Mark;
  readonly startedAt: number;
  readonly tags: TagTrace[] = [];
  /** The server's epoch before the lease was asked for; what a restart then brought back is not of this epoch. */
  epoch = '';
  /** Made inside a load that will be stored: nonces that this process happens to know are not good enough. */
  readonly nested: boolean;
  /** Nonces are missing because the store did not answer: what is loaded cannot be stored. */
  untagged = false;
  #budget: Budget | undefined;

  constructor(
    readonly request: LoadRequest,
    private readonly setting: TripSetting,
  ) {
    const { coherence } = setting;
    this.nested = setting.nested;
    this.startedAt = setting.startedAt;
    this.mark = coherence.mark(request.key);
    for (const tag of request.tags) this.tags.push(new TagTrace(coherence.tags.state(tag), true));
  }

  /** Made when first asked for: a read that answers needs none. */
  get budget(): Budget {
    return (this.#budget ??= this.setting.makeBudget());
  }

  /** What this trip knows of a tag; the mark is taken the first time it is asked for. */
  trace(tag: string): TagTrace {
    for (const known of this.tags) if (known.state.tag === tag) return known;
    const trace = new TagTrace(this.setting.coherence.tags.state(tag), false);
    this.tags.push(trace);
    return trace;
  }

  /** The traces of tags that the entry made by this trip will carry. */
  declare(tags: readonly string[]): readonly TagTrace[] {
    return tags.map((tag) => {
      const trace = this.trace(tag);
      trace.carried = true;
      return trace;
    });
  }

  /** Takes over a nonce that was read from the store. */
  learn(trace: TagTrace, nonce: string | null): void {
    trace.nonce = nonce ?? undefined;
    this.setting.coherence.tags.learn(trace, nonce);
  }

  /** Whether nothing this trip depends on was invalidated since it began. */
  stillGood(): boolean {
    for (const { state, generation } of this.tags) if (state.generation !== generation) return false;
    return this.setting.coherence.holds(this.request.key, this.mark);
  }
}
