import type { LoadContext } from './load-context.js';

/** A key as a source lists it: the list of its arguments, or the argument itself where there is only one and it is no array. */
export type WarmKey<A extends readonly unknown[]> = number extends A['length']
  ? unknown
  : A | (A extends readonly [infer Only] ? Exclude<Only, readonly unknown[]> : never);

/** A list of arguments as a function takes it: not readonly, or one of fewer parameters would not do. */
type Arguments<A extends readonly unknown[]> = A extends readonly [...infer M] ? M : never;

type Listing<A extends readonly unknown[]> = Iterable<WarmKey<A>> | AsyncIterable<WarmKey<A>>;

/** The keys of a source: anything that can be iterated, or a promise of it, or a function that gives one of these. */
export type WarmKeyList<A extends readonly unknown[]> =
  Listing<A> | Promise<Listing<A>> | (() => Listing<A> | Promise<Listing<A>>);

interface Keys<A extends readonly unknown[]> {
  /** Read as warming goes on: at most 1,000 are known ahead, however many there are. */
  readonly keys: WarmKeyList<A>;
}

/** Values come one by one. */
export interface WarmOneByOne<A extends readonly unknown[], V> extends Keys<A> {
  readonly load: (...args: Arguments<A>) => Promise<V> | V;
  readonly loadMany?: never;
  readonly through?: never;
}

/** Values come many at a time. */
export interface WarmInBatches<A extends readonly unknown[], V> extends Keys<A> {
  /** Answers with one value per key, in their order; `undefined` means that there is none. */
  readonly loadMany: (
    keys: readonly A[],
    context: LoadContext,
  ) => Promise<readonly (V | undefined)[]> | readonly (V | undefined)[];
  /** How many keys one call is asked for at most, 1 to 200. Default 100. */
  readonly batch?: number;
  readonly load?: never;
  readonly through?: never;
}

/** Values come by a method that is decorated with the region, so that all its options hold. */
export interface WarmThrough<A extends readonly unknown[], V> extends Keys<A> {
  readonly through: (...args: Arguments<A>) => Promise<V> | V;
  readonly load?: never;
  readonly loadMany?: never;
}

/** Where the values of a region come from before anybody asks for them. */
export type WarmSource<A extends readonly unknown[] = readonly unknown[], V = unknown> =
  WarmOneByOne<A, V> | WarmInBatches<A, V> | WarmThrough<A, V>;

/** What one warming says differently. */
export interface WarmOptions {
  /** Loads in the air at once, over all regions. Default: the module's `warming.concurrency`. */
  readonly concurrency?: number;
  /** Cancels the warming when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What has become of keys. */
export interface WarmCounts {
  /** `undefined` while keys are still being listed. */
  readonly total: number | undefined;
  /** The sum of the four that follow. */
  readonly done: number;
  /** A loader of this instance brought the value. */
  readonly loaded: number;
  /** A value was there already, or another instance loaded it. */
  readonly fresh: number;
  readonly failed: number;
  /** Not loaded, because only memory could have kept it and memory is full. */
  readonly skipped: number;
}

/** How far a warming is, in all and by region. */
export interface WarmProgress extends WarmCounts {
  readonly regions: Readonly<Record<string, WarmCounts>>;
}

/** What came of a warming. */
export interface WarmReport extends WarmProgress {
  /** `incomplete`: the keys of a source could not be listed to their end. */
  readonly outcome: 'complete' | 'incomplete' | 'cancelled';
  readonly ms: number;
}

/** A warming that runs, or has ended. */
export interface Warming {
  /** How far it is at this moment. */
  readonly progress: WarmProgress;
  /** Never rejects: keys that fail are counted, and said once per region. */
  readonly finished: Promise<WarmReport>;
  /** Calls `listener` at most ten times a second while something changes, and at the end; gives a function that stops it. */
  onProgress(listener: (progress: WarmProgress) => void): () => void;
  /** Begins no more loads; `finished` resolves when those in the air have ended. */
  cancel(): void;
}
