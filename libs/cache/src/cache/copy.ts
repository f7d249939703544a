import type { OpenedEntry } from '../tiers/entry-format.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { MemoryEntry } from '../tiers/memory-tier.js';

/** A value that a load is about to replace, and that may answer in its place. */
export type Copy = StoredCopy | MemoryCopy;

interface CopyOf<E> {
  readonly held: HeldValue;
  readonly entry: E;
  /**
   * Whether it may answer at this moment: it has not come to its end, and nothing it depends on was invalidated. `failing`:
   * for a loader that failed, for which some regions want also what might have been invalidated unheard.
   */
  stands(failing: boolean): boolean;
}

/** What the store has for a key. */
export interface StoredCopy extends CopyOf<OpenedEntry> {
  readonly from: 'store';
}

/** What memory has for a key. */
export interface MemoryCopy extends CopyOf<MemoryEntry> {
  readonly from: 'memory';
}
