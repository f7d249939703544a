import type { OpenedEntry } from '../tiers/entry-format.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryEntry } from '../tiers/memory-tier.js';

/** A value that a load is about to replace, and that may answer in its place. */
export type Copy = StoredCopy | MemoryCopy;

/** What the store has for a key. */
export interface StoredCopy {
  readonly from: 'store';
  readonly held: HeldValue;
  readonly entry: OpenedEntry;
}

/** What memory has for a key. */
export interface MemoryCopy {
  readonly from: 'memory';
  readonly held: HeldValue;
  readonly entry: MemoryEntry;
}
