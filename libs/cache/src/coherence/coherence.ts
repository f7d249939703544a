import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { Clock, Timer } from '../contracts/clock.js';
import type { Forgets } from '../contracts/memory.js';
import { Gate } from './gate.js';
import type { Mark } from './generations.js';
import { Generations } from './generations.js';
import { TagTable } from './tag-table.js';

/** How coherence is kept. Times in milliseconds. */
export interface CoherenceOptions {
  readonly beatEveryMs: number;
  readonly maxStalenessMs: number;
  readonly maxTags: number;
}

/** What monitoring may hear. */
export interface CoherenceEvents {
  onGap(reason: string): void;
}

/** What coherence works with; without a channel there is one process and memory only. */
export interface CoherenceParts {
  readonly clock: Clock;
  readonly channel: Channel | undefined;
  readonly forgets: Forgets;
  readonly events: CoherenceEvents;
}

/**
 * Keeps memory from outliving an invalidation, whether it was made here or in another process.
 * Generations refuse values that were asked for before an invalidation, the tag table condemns entries by nonce, and the
 * gate closes when the channel can no longer prove that nothing was missed.
 */
export class Coherence implements ChannelListener {
  readonly generations = new Generations();
  readonly tags: TagTable;
  readonly gate: Gate;
  readonly #sentAt = new Map<number, number>();
  #beat = 0;
  #timer: Timer | undefined;

  constructor(
    private readonly parts: CoherenceParts,
    private readonly options: CoherenceOptions,
  ) {
    this.tags = new TagTable(options.maxTags);
    this.gate = new Gate(parts.channel === undefined ? 'always-open' : options.maxStalenessMs);
  }

  open(): void {
    if (this.parts.channel === undefined) return;
    this.parts.channel.open(this);
    this.#timer = this.parts.clock.every(this.options.beatEveryMs, () => this.sendBeat());
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.gate.close();
    await this.parts.channel?.close();
  }

  /** Whether memory may answer at this moment (monotonic milliseconds). */
  trusts(now: number): boolean {
    return now <= this.gate.trustedUntil;
  }

  /**
   * Whether an answer that was asked for at `since` may be handed to somebody who comes now: either the channel proves
   * that no invalidation since then went unheard, or the answer itself is young. In a process that was stopped, or cut off
   * while a slow loader ran, neither holds.
   */
  vouchesFor(since: number, now: number): boolean {
    return this.trusts(now) || now - since <= this.options.maxStalenessMs;
  }

  mark(key: string): Mark {
    return this.generations.mark(key);
  }

  holds(key: string, mark: Mark): boolean {
    return this.generations.holds(key, mark);
  }

  /** A key is no longer valid: advance first, so that a value under way finds the door closed, then forget. */
  onKeys(keys: readonly string[]): void {
    for (const key of keys) {
      this.generations.advance(key);
      this.tags.forget(key);
      this.parts.forgets.forgetKey(key);
    }
  }

  onTags(tags: readonly string[]): void {
    for (const tag of tags) this.tags.forget(tag);
  }

  onGap(reason: string): void {
    this.gate.close();
    this.#sentAt.clear();
    this.forgetAll();
    this.parts.events.onGap(reason);
  }

  /** Empties memory, nonces included; the gate stays as it is. */
  forgetAll(): void {
    this.generations.advanceAll();
    this.tags.forgetAll();
    this.parts.forgets.forgetAll();
  }

  /** What was learnt before the channel listened may have missed an invalidation. */
  onOpen(): void {
    this.#sentAt.clear();
    this.forgetAll();
    this.sendBeat();
  }

  onBeat(beat: number): void {
    const sentAt = this.#sentAt.get(beat);
    if (sentAt === undefined) return;
    for (const older of this.#sentAt.keys()) if (older <= beat) this.#sentAt.delete(older);
    this.gate.beatReturned(sentAt);
  }

  /** Sends a beat now; the gate opens when it comes back. */
  sendBeat(): void {
    const beat = ++this.#beat;
    this.#sentAt.set(beat, this.parts.clock.now());
    if (this.#sentAt.size > 32) this.#dropOldest();
    this.parts.channel?.beat(beat).catch(() => this.#sentAt.delete(beat));
  }

  #dropOldest(): void {
    const [oldest] = this.#sentAt.keys();
    if (oldest !== undefined) this.#sentAt.delete(oldest);
  }
}
