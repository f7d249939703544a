import type { Mark } from '../coherence/generations.js';
import type { Coherence } from '../coherence/coherence.js';
import type { TagMark, TagState } from '../coherence/tag-table.js';
import type { Trust } from '../contracts/memory.js';
import type { TagClocks } from '../contracts/store.js';
import type { Timer } from '../contracts/clock.js';
import type { Budget } from '../resilience/budget.js';
import type { Copy } from './copy.js';
import type { Newest } from './region-log.js';
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

/** Where and when trips begin; those of a batch share one. */
export class TripSetting {
  constructor(
    readonly coherence: Coherence,
    readonly budgetFor: (key: string) => Budget,
    /** Monotonic milliseconds. */
    readonly startedAt: number,
    /** What this process remembers is not good enough: the server must be asked. */
    readonly asksServer: boolean,
  ) {}
}

/**
 * One flight's way through the tiers: its budget, and the marks it took before it asked anybody for anything.
 * A value may enter memory only if every mark still holds when it arrives.
 */
export class Trip {
  readonly mark: Mark;
  readonly startedAt: number;
  readonly tags: TagTrace[];
  /** The server's epoch before the lease was asked for; what a restart then brought back is not of this epoch. */
  epoch = '';
  /** Made inside a load that will be stored, or in a strict region: nonces that this process remembers do not count. */
  readonly asksServer: boolean;
  /** Why what is loaded cannot be stored although its loader said nothing against it. */
  unstorable: 'unavailable' | 'untimely' | undefined;
  /** The tag clocks before the load, where its result may name tags. */
  clocks: TagClocks | undefined;
  /** What may answer in place of the load, and what the load is about to replace. */
  replaced: Copy | undefined;
  /** The caller has its answer: the load that goes on is waited for by nobody. */
  answered = false;
  /** What it replaces is fresh, and is loaded anew ahead of time. */
  refreshing = false;
  /** What was loaded is kept, where it was to be. */
  kept = false;
  /** Something was judged by a nonce from memory, which may lag behind. */
  remembered = false;
  /** What the log of its region says of the key, where it was asked. */
  newest: Newest | undefined;
  /** Ends the caller's patience with the loader. */
  patience: Timer | undefined;
  /** The moment of the tag table before the load. */
  readonly #moment: number;
  #budget: Budget | undefined;

  constructor(
    readonly request: LoadRequest,
    private readonly setting: TripSetting,
  ) {
    const { coherence } = setting;
    this.asksServer = setting.asksServer;
    this.startedAt = setting.startedAt;
    this.mark = coherence.mark(request.key);
    this.#moment = coherence.tags.moment;
    this.tags = request.tags.map((tag) => new TagTrace(coherence.tags.state(tag), true));
  }

  /** Made when first asked for: a read that answers needs none. */
  get budget(): Budget {
    return (this.#budget ??= this.setting.budgetFor(this.request.key));
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

  /** The same for tags that only the result told: what this process has heard must not speak against them. */
  declareLate(tags: readonly string[]): readonly TagTrace[] {
    const traces = this.declare(tags);
    const { tags: table } = this.setting.coherence;
    if (!traces.every(({ state }) => table.quietSince(this.#moment, state))) this.unstorable = 'untimely';
    return traces;
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

  /** Whether its answer may be handed to somebody who comes now. */
  vouched(now: number): boolean {
    // while its result is not there nobody knows its tags: any that was invalidated may be one of them
    if (this.request.lateTags && this.setting.coherence.tags.moment !== this.#moment) return false;
    return this.heardOf(now);
  }

  /**
   * Whether an invalidation of what it depends on would be known by now: every server was heard of, or it is young. What was
   * judged by memory is as old as memory may be.
   */
  heardOf(now: number): boolean {
    const young = !this.remembered && now - this.startedAt <= this.setting.coherence.maxStalenessMs;
    return young || this.gates().every((gate) => now <= gate.trustedUntil);
  }

  /** The gates of all servers it depends on, each once. */
  gates(): readonly Trust[] {
    const gates: Trust[] = [this.setting.coherence.gateOf(this.request.key)];
    for (const { state } of this.tags) if (!gates.includes(state.gate)) gates.push(state.gate);
    return gates;
  }
}
