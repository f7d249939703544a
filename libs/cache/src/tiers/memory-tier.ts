import { LRUCache } from 'lru-cache';
import type { TagCell, Trust } from '../contracts/memory.js';
import type { HeldValue } from './held-value.js';

/** What a memory entry costs beyond its payload, in bytes; an estimate. */
const OVERHEAD_BYTES = 300;

/** Everything that decides whether an entry may still answer. Times are monotonic milliseconds. */
export interface MemoryTerms {
  readonly freshUntil: number;
  /** Until when it may stand in, stale, for a loader that fails. */
  readonly staleUntil: number;
  /** From when on a hit has it loaded anew; `Infinity` for never. */
  readonly refreshAt: number;
  /** The gates of the servers it depends on; none where it was loaded without proof from the channel and may answer for its short life. */
  readonly gates: readonly Trust[];
  /** It was loaded without such a proof: nothing prolongs its short life. */
  readonly unproven?: boolean;
  readonly cells: readonly TagCell[];
  readonly generations: readonly number[];
  readonly partition: string;
  /** Whether hits prolong it where its region slides: not if it was given a shorter life than others. */
  readonly slides: boolean;
  /** Names the entry in the store, `''` if it is not there. */
  readonly id: string;
}

/** How many hits by the front index go by before the least recently used order is told of one. */
const TOUCH_EVERY = 16;

/** One value in process memory. */
export class MemoryEntry {
  /** Set by the tier that holds it. */
  key = '';
  #hits = 0;
  #gone = false;
  #onRemoval: (() => void) | undefined;
  #freshUntil: number;
  #refreshAt: number;
  #staleUntil: number;
  /** Until when hits have nothing to do but to answer. */
  #quietUntil: number;

  constructor(
    readonly held: HeldValue,
    readonly bytes: number,
    private readonly terms: MemoryTerms,
  ) {
    this.#freshUntil = terms.freshUntil;
    this.#refreshAt = terms.refreshAt;
    this.#staleUntil = terms.staleUntil;
    this.#quietUntil = Math.min(terms.freshUntil, terms.refreshAt);
  }

  /** Monotonic milliseconds. */
  get freshUntil(): number {
    return this.#freshUntil;
  }

  /** How long beyond its end it may stand in for a loader that fails, in milliseconds. */
  get graceMs(): number {
    return this.#staleUntil - this.#freshUntil;
  }

  /** Gives it a new life, as long beyond its end as it had; not if it was made stale, nor if nobody vouches for it. */
  prolong(freshUntil: number): void {
    if (this.terms.unproven === true || this.#freshUntil === -Infinity) return;
    const longer = freshUntil - this.#freshUntil;
    this.#staleUntil += longer;
    this.#refreshAt += longer;
    this.#freshen(freshUntil);
  }

  /** It is fresh no more; it may still stand in for a loader that fails. */
  expire(): void {
    this.#freshen(-Infinity);
  }

  get slides(): boolean {
    return this.terms.slides;
  }

  get partition(): string {
    return this.terms.partition;
  }

  /** Names the entry in the store, `''` if it is not there. */
  get id(): string {
    return this.terms.id;
  }

  /** Counts a hit that went past the memory tier; `true` when the tier should be told that the entry is in use. */
  countHit(): boolean {
    return (this.#hits++ & (TOUCH_EVERY - 1)) === 0;
  }

  /** Runs `action` when the entry leaves the memory tier. */
  onRemoval(action: () => void): void {
    const earlier = this.#onRemoval;
    this.#onRemoval = () => {
      earlier?.();
      action();
    };
  }

  /** The tier let go of it: whoever still has it must not serve it. */
  removed(): void {
    this.#gone = true;
    this.#onRemoval?.();
    this.#onRemoval = undefined;
  }

  /** Whether it may answer now, and nothing else is to be done: fresh, trusted by the channel (or loaded without it), no tag invalidated since. */
  serves(now: number): boolean {
    return now < this.#quietUntil && this.#holds(now);
  }

  /** Whether it may answer now; a refresh may be due. */
  isFresh(now: number): boolean {
    return now < this.#freshUntil && this.#holds(now);
  }

  /** Whether it may stand in for a loader that fails; `ungated`: even while nobody can tell whether it was invalidated elsewhere. */
  standsIn(now: number, ungated: boolean): boolean {
    return now < this.#staleUntil && (ungated ? this.#unevicted : this.#holds(now));
  }

  #holds(now: number): boolean {
    const { gates } = this.terms;
    for (let i = 0; i < gates.length; i++) if (now > (gates[i] as Trust).trustedUntil) return false;
    return this.#unevicted;
  }

  /** Whether this process has heard of no invalidation that concerns it. */
  get #unevicted(): boolean {
    if (this.#gone) return false;
    const { cells, generations } = this.terms;
    for (let i = 0; i < cells.length; i++) if (cells[i]?.generation !== generations[i]) return false;
    return true;
  }

  #freshen(until: number): void {
    this.#freshUntil = until;
    this.#quietUntil = Math.min(until, this.#refreshAt);
  }

  get tags(): readonly string[] {
    return this.terms.cells.map(({ tag }) => tag);
  }

  /** Whether it carries one of these tags. */
  carries(tags: ReadonlySet<string>): boolean {
    return this.terms.cells.some(({ tag }) => tags.has(tag));
  }
}

/** Bounds of the memory tier. */
export interface MemoryBounds {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** The memory tier: entries of this process, bounded by number and by bytes, the least recently used go first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, MemoryEntry>;

  constructor(readonly bounds: MemoryBounds) {
    this.#entries = new LRUCache<string, MemoryEntry>({
      max: bounds.maxItems,
      maxSize: bounds.maxBytes,
      sizeCalculation: (entry, key) => entry.bytes + key.length + OVERHEAD_BYTES,
      dispose: (entry) => entry.removed(),
    });
  }

  get items(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get(key: string): MemoryEntry | undefined {
    return this.#entries.get(key);
  }

  put(key: string, entry: MemoryEntry): void {
    entry.key = key;
    this.#entries.set(key, entry);
  }

  /** An entry is fresh no more. */
  expire(key: string): void {
    this.#entries.peek(key)?.expire();
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  /** The keys of a partition's entries, and the tags that these carry. */
  *names(partition: string): Iterable<string> {
    for (const [key, entry] of this.#entries) {
      if (entry.partition !== partition) continue;
      yield key;
      yield* entry.tags;
    }
  }

  /** Drops what belongs to a partition. */
  clear(partition: string): void {
    for (const [key, entry] of this.#entries) if (entry.partition === partition) this.#entries.delete(key);
  }
}
