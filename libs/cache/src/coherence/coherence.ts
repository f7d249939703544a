import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { Clock, Timer } from '../contracts/clock.js';
import type { Forgets } from '../contracts/memory.js';
import { Beats } from './beats.js';
import { CLOSED_GATE, Gate } from './gate.js';
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

const ALWAYS_OPEN = new Gate('always-open');

/**
 * Keeps memory from outliving an invalidation, whether it was made here or in another process.
 * Generations refuse values that were asked for before an invalidation, the tag table condemns entries by nonce, and a
 * server's gate closes when its channel can no longer prove that nothing was missed.
 */
export class Coherence implements ChannelListener {
  readonly generations = new Generations();
  readonly tags: TagTable;
  readonly #beats = new Map<string, Beats>();
  #ownersAskedAt = Infinity;
  #beat = 0;
  #timer: Timer | undefined;

  constructor(
    private readonly parts: CoherenceParts,
    private readonly options: CoherenceOptions,
  ) {
    this.tags = new TagTable(options.maxTags, (tag) => this.gateOf(tag));
  }

  get maxStalenessMs(): number {
    return this.options.maxStalenessMs;
  }

  open(): void {
    const { channel, clock } = this.parts;
    if (channel === undefined) return;
    channel.open(this);
    this.#timer = clock.every(this.options.beatEveryMs, () => this.sendBeats());
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    for (const { gate } of this.#beats.values()) gate.close();
    await this.parts.channel?.close();
  }

  /** The gate of what depends on the server of a key or tag. */
  gateOf(name: string): Gate {
    const { channel } = this.parts;
    if (channel === undefined) return ALWAYS_OPEN;
    const node = channel.nodeOf(name);
    return node === undefined ? CLOSED_GATE : this.#of(node).gate;
  }

  /** Whether every server is heard of at this moment (monotonic milliseconds). */
  isOpen(now: number): boolean {
    const { channel } = this.parts;
    if (channel === undefined) return true;
    const nodes = channel.nodes();
    return nodes.length > 0 && nodes.every((node) => now <= this.#of(node).gate.trustedUntil);
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

  /** Copies are fresh no more; that a copy is stale says nothing about the responses that were made from it. */
  onStale(keys: readonly string[]): void {
    for (const key of keys) {
      this.generations.advance(key);
      this.parts.forgets.staleKey(key);
    }
  }

  onTags(tags: readonly string[]): void {
    for (const tag of tags) this.tags.forget(tag);
  }

  onGap(reason: string, node: string): void {
    const beats = this.#of(node);
    beats.gate.close();
    beats.forget();
    // behind its closed gate nothing in memory answers; what is kept may still stand in for a loader that fails
    beats.gapped = true;
    this.overtake();
    this.parts.events.onGap(reason);
  }

  /** Nothing that is being loaded is kept or joined, for nobody knows what it is about; entries stay where they are. */
  overtake(): void {
    this.generations.advanceAll();
    this.parts.forgets.forgetFlights();
  }

  /** Empties memory, nonces included; gates stay as they are. */
  forgetAll(): void {
    this.generations.advanceAll();
    this.tags.forgetAll();
    this.parts.forgets.forgetAll();
  }

  /** What was learnt before the channel listened may have missed an invalidation. */
  onOpen(node: string): void {
    const beats = this.#of(node);
    beats.forget();
    beats.gapped = false;
    this.forgetAll();
    this.sendBeat(node);
  }

  onBeat(beat: number, node: string): void {
    const beats = this.#of(node);
    if (beats.gapped) this.forgetAll();
    beats.gapped = false;
    beats.returned(beat);
  }

  /** What is remembered of a key was guarded by the channel of its owner then; the new owner's may have told of it since. */
  onTopology(askedAt: number, nodes: readonly string[], moved: boolean): void {
    this.#ownersAskedAt = askedAt;
    for (const [node, { gate }] of this.#beats) {
      gate.ownersConfirmed(askedAt);
      if (nodes.includes(node)) continue;
      gate.close();
      this.#beats.delete(node);
    }
    if (moved) this.forgetAll();
  }

  /** Sends a beat through every server; its gate opens when the beat comes back. */
  sendBeats(): void {
    for (const node of this.parts.channel?.nodes() ?? []) this.sendBeat(node);
  }

  sendBeat(node: string): void {
    const beat = ++this.#beat;
    const beats = this.#of(node);
    beats.sent(beat, this.parts.clock.now());
    this.parts.channel?.beat(beat, node).catch(() => beats.lost(beat));
  }

  #of(node: string): Beats {
    const known = this.#beats.get(node);
    if (known !== undefined) return known;
    const gate = new Gate(this.options.maxStalenessMs);
    if (this.#ownersAskedAt !== Infinity) gate.ownersConfirmed(this.#ownersAskedAt);
    const beats = new Beats(gate);
    this.#beats.set(node, beats);
    return beats;
  }
}
