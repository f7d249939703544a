/** One of the two processes. */
export type ProcessNumber = 0 | 1;

/** A call that wants the key's value. */
export interface LoaderRole {
  readonly process: ProcessNumber;
  /** Does not wait for another's lease, but loads without storing. */
  readonly impatient?: true;
}

/**
 * How a writer tells the cache of its row. `put` and `strict` (an evict around the write) begin before they write;
 * `invalidate` gives the tag a new nonce; `spoil` evicts the key that is the tag, which deletes the nonce.
 */
export type WriterKind = 'evict' | 'put' | 'strict' | 'invalidate' | 'spoil';

/** A call that writes the row. */
export interface WriterRole {
  readonly kind: WriterKind;
  readonly process: ProcessNumber;
  /** It may take longer than its marker lives, so the marker may expire at any moment. */
  readonly expires?: true;
}

/**
 * What is known of the entry's tag: nothing, for there is none; its name before the load; its name only from the result.
 * `late key`: the same for a tag that is a key. An evict does not move the clock, so only the nonce tells of it. The cache
 * has no such tags; the scenario shows on what terms it could.
 */
export type TagRole = 'none' | 'declared' | 'late' | 'late key';

/** What may happen by itself: losses on the server, an invalidation of another tag, no room in the memory of process 0. */
export const ACCIDENTS = ['leaseLost', 'nonceLost', 'clockLost', 'otherTag', 'memoryLost'] as const;

/** See `ACCIDENTS`. */
export type AccidentName = (typeof ACCIDENTS)[number];

/** How often each may happen, at any moment. */
export type Accidents = Readonly<Partial<Record<AccidentName, number>>>;

/** A small cast whose every interleaving is explored. */
export interface Scenario {
  readonly loaders: readonly LoaderRole[];
  readonly writers: readonly WriterRole[];
  readonly tag: TagRole;
  /** There is no server, and everybody is in process 0. */
  readonly alone?: true;
  /** Redis and both memories hold the row from the start. */
  readonly warm?: true;
  readonly accidents?: Accidents;
  /** All writers begin before they write, and end in time: reads of one process never go backwards. */
  readonly monotone?: true;
}

/** Rules of the protocol that can be left out, to see that a promise depends on each. */
export const MUTANTS = [
  // a fill does not need the lease
  'noFence',
  'evictIgnoresWriters',
  'leaseIgnoresWriters',
  // a put stores though its marker is gone
  'putIgnoresExpiry',
  // a commit that is not the only one does not spoil the others
  'lateCommitSilent',
  // the last commit leaves the mark of an overlap
  'overlapStays',
  // a load that is not stored keeps its lease
  'leaseStays',
  // memory takes a value though something was invalidated on its way
  'noGenerationGuard',
  // an invalidation forgets nothing when the reply arrives
  'forgetsOnlyBefore',
  'joinAfterEvict',
  // those aboard a load that was refused are content with it
  'refusedFlightWelcomes',
  // those aboard a load without a lease are content with it, though its late tag may have been invalidated
  'waitedFlightWelcomes',
  // those aboard a load that was refused are forgotten
  'refusedFlightKeeps',
  // a nonce is remembered though its tag was invalidated on the way
  'noNonceGuard',
  'tagsReadAfterLoad',
  'absentTagValid',
  'resultTagsWithoutClock',
  'lostClockKeepsEpoch',
  'creationDoesNotTick',
  // a late tag that is a key is judged like any other
  'keyTagTrustsClock',
  // with memory only, late tags are not compared with what was heard since the load began
  'resultTagsWithoutMoment',
  // with memory only, a put stores though its marks are gone
  'putIgnoresMarks',
] as const;

/** See `MUTANTS`. */
export type Mutant = (typeof MUTANTS)[number];

/** What a step must know besides the world. */
export interface Scene {
  readonly scenario: Scenario;
  readonly without: Mutant | undefined;
  /** There is a tag, and only the result tells it. */
  readonly late: boolean;
  readonly tagged: boolean;
}
