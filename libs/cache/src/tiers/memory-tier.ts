import { LRUCache } from 'lru-cache';
import type { TagCell } from '../contracts/memory.js';
import type { HeldValue } from './held-value.js';

/** What a memory entry costs beyond its payload, in bytes; an estimate. */
const OVERHEAD_BYTES = 300;

/** Everything that decides whether an entry may still answer. Times are monotonic milliseconds. */
export interface MemoryTerms {
  readonly freshUntil: number;
  /** Loaded without proof from the channel: served though the gate is closed, until `freshUntil`. */
  readonly ungated: boolean;
  readonly cells: readonly TagCell[];
  readonly generations: readonly number[];
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

  constructor(
    readonly held: HeldValue,
    readonly bytes: number,
    private readonly terms: MemoryTerms,
  ) {}

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
  serves(now: number, trustedUntil: number): boolean {
    const terms = this.terms;
    if (this.#gone || now >= terms.freshUntil) return false;
    if (now > trustedUntil && !terms.ungated) return false;
    const { cells, generations } = terms;
    for (let i = 0; i < cells.length; i++) if (cells[i]?.generation !== generations[i]) return false;
    return true;
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

  clear(): void {
    this.#entries.clear();
  }
}
