import type { Mark } from '../coherence/generations.js';
import type { TagMark } from '../coherence/tag-table.js';
import type { TagClocks } from '../contracts/store.js';
import type { RegionRuntime } from './requests.js';

/** A write that has begun and must be ended with `commit`. */
export interface PendingWrite {
  readonly region: RegionRuntime;
  readonly key: string;
  readonly tags: readonly string[];
  readonly token: string;
  /** The server's epoch before the write began: a marker that a restart brought back does not speak for a later one. */
  readonly epoch: string;
  /** Generations of the key and its tags after the write began: unchanged at its end means that nobody else wrote or evicted here. */
  readonly mark: Mark;
  readonly tagMarks: readonly TagMark[];
  /** Nonces read before the database write; `undefined` when the store did not answer. */
  readonly nonces: readonly string[] | undefined;
  /** The tag clocks before the database write, where its result may name tags. */
  readonly clocks: TagClocks | undefined;
  /** The moment of the tag table before the write. */
  readonly moment: number;
}
