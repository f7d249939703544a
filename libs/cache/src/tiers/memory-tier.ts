import { LRUCache } from 'lru-cache';
import type { TagCell, Trust } from '../contracts/memory.js';
import type { HeldValue } from './held-value.js';

/** What a memory entry costs beyond its payload, in bytes; an estimate. */
const OVERHEAD_BYTES = 300;

/** Everything that decides whether an entry may still answer. Times are monotonic milliseconds. */
export interface MemoryTerms {
  readonly freshUntil: number;
  /** The gates of the servers it depends on; none where it was loaded without proof from the channel and may answer for its short life. */
  readonly gates: readonly Trust[];
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
  /** Monotonic milliseconds; moved on in sliding regions. */
  freshUntil: number;

  constructor(
    readonly held: HeldValue,
    readonly bytes: number,
    private readonly terms: MemoryTerms,
  ) {
    this.freshUntil = terms.freshUntil;
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

  /** Whether it may answer now: fresh, trusted by the channel (or loaded without it), and no tag invalidated since. */
  serves(now: number): boolean {
    const { gates, cells, generations } = this.terms;
    if (this.#gone || now >= this.freshUntil) return false;
    for (let i = 0; i < gates.length; i++) if (now > (gates[i] as Trust).trustedUntil) return false;
    for (let i = 0; i < cells.length; i++) if (cells[i]?.generation !== generations[i]) return false;
    return true;
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

  remove(key: string): void {
    this.#entries.delete(key);
  }

  /** Drops what belongs to a partition. */
  clear(partition: string): void {
    for (const [key, entry] of this.#entries) if (entry.partition === partition) this.#entries.delete(key);
  }
}
