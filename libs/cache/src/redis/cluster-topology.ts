import type { Redis } from 'ioredis';
import type { Clock, Timer } from '../contracts/clock.js';
import { withDeadline } from '../resilience/deadline.js';
import { pipelined } from './pipelined.js';
import { addressOf, SlotMap, slotRanges } from './slot-map.js';

/** The least time between two questions. */
const PAUSE_MS = 50;
/** How long a server is waited for before the next one is asked. */
const ANSWER_MS = 500;
/** After so long the next question follows one that nobody answered. */
const AGAIN_MS = 200;
/** After so long without an answer as new as the last one taken, an older one is taken: the Cluster was made anew. */
const HOLDS_MS = 10_000;

/** A server that can be asked who owns what. */
export interface Asked {
  /** `host:port`. */
  readonly node: string;
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>;
}

/** What the topology works with. */
export interface TopologyParts {
  readonly clock: Clock;
  readonly everyMs: number;
  /** The masters that are connected. */
  masters(): readonly Asked[];
  /** Those that are asked when none of the masters gives an answer. */
  readonly seeds: readonly Asked[];
  /** An answer, and when the question was sent (monotonic). */
  onAnswer(map: SlotMap, askedAt: number): void;
}

/**
 * Asks the servers of a Cluster who owns which slot: again and again, and at once when something tells that it has changed.
 * A server that is cut off from the others tells what was true before; the epoch of its view gives that away, for each
 * change of a master advances it.
 */
export class ClusterTopology {
  #timer: Timer | undefined;
  #again: Timer | undefined;
  #closed = false;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #askedAt = -Infinity;
  #turn = 0;
  #taken = { epoch: 0, at: -Infinity };
  #last: { readonly text: string; readonly map: SlotMap } | undefined;

  constructor(private readonly parts: TopologyParts) {}

  open(): void {
    this.#timer = this.parts.clock.every(this.parts.everyMs, () => void this.refresh());
    void this.refresh();
  }

  /** Resolves when a question that was sent after this call has been answered, or by nobody. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#next ??= this.#afterCurrent();
    return this.#next;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#again?.cancel();
  }

  async #afterCurrent(): Promise<void> {
    await this.#current;
    const wait = this.#askedAt + PAUSE_MS - this.parts.clock.now();
    if (wait > 0) await new Promise<void>((resolve) => void this.parts.clock.after(wait, resolve));
    this.#current = this.#next;
    this.#next = undefined;
    await this.#round();
  }

  async #round(): Promise<void> {
    const { clock } = this.parts;
    this.#askedAt = clock.now();
    for (const one of [...this.#inTurn(), ...this.parts.seeds]) {
      if (this.#closed) return;
      const askedAt = clock.now();
      const answer = await withDeadline(clock, ANSWER_MS, one.ask(question)).catch(() => undefined);
      if (answer !== undefined && this.#take(answer, addressOf(one.node).host, askedAt)) return;
    }
    this.#again?.cancel();
    if (!this.#closed) this.#again = clock.after(AGAIN_MS, () => void this.refresh());
  }

  /** Another master first each time, for one of them may be cut off and not know it yet. */
  #inTurn(): readonly Asked[] {
    const asked = this.parts.masters();
    const first = asked.length === 0 ? 0 : this.#turn++ % asked.length;
    return [...asked.slice(first), ...asked.slice(0, first)];
  }

  #take([info, slots]: readonly unknown[], host: string, askedAt: number): boolean {
    const epoch = Number(/cluster_current_epoch:(\d+)/.exec(String(info))?.[1] ?? 0);
    if (epoch < this.#taken.epoch && askedAt - this.#taken.at < HOLDS_MS) return false;
    const ranges = slotRanges(slots, host);
    if (ranges.length === 0 || this.#closed) return false;
    const text = JSON.stringify(ranges);
    if (this.#last?.text !== text) this.#last = { text, map: SlotMap.of(ranges) };
    this.#taken = { epoch, at: askedAt };
    this.parts.onAnswer(this.#last.map, askedAt);
    return true;
  }
}

/** The epoch of the server's view, where this user may ask for it, and the owners of slots. */
async function question(redis: Redis): Promise<unknown[]> {
  const [info, slots] = await pipelined(redis, (pipeline) => pipeline.cluster('INFO').cluster('SLOTS'));
  if (slots instanceof Error) throw slots;
  return [info, slots];
}
