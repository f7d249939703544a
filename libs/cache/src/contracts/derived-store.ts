/** Counters or a ranking as a store sees it. */
export interface DerivedPlace {
  /** The canonical key. */
  readonly key: string;
  readonly kind: 'counters' | 'ranking';
  /** How long it is kept before it is counted anew, in milliseconds. */
  readonly ttlMs: number;
  /** What its numbers mean, where that may change from release to release: numbers of another meaning are none. */
  readonly meaning: string;
  readonly maxMembers: number;
}

/**
 * Numbers by name: whole numbers of counters, or magnitudes of a ranking, which are logarithms to base 2 of scores as of
 * 1970. In a logarithm nothing ever has to fade: all scores fade alike.
 */
export type Numbers = ReadonlyMap<string, number>;

/** Somebody who changes the database: who it is, and what a second attempt of the same would be called. */
export interface Changer {
  /** 16 random bytes as latin1 text. */
  readonly token: string;
  readonly subject: string;
}

/** The answer to a request for the right to count anew. */
export type RecountReply =
  /** It is there. */
  | { readonly kind: 'there' }
  /** Count, and `fill` with the server's epoch of this moment. */
  | { readonly kind: 'granted'; readonly epoch: string }
  /** Another caller counts. */
  | { readonly kind: 'held'; readonly remainingMs: number }
  /** Somebody changes the database now. `reserved`: who comes later waits, so asking again soon may do. */
  | { readonly kind: 'changing'; readonly reserved: boolean };

/** A request for the right to count anew. Times in milliseconds. */
export interface RecountRequest {
  readonly token: string;
  readonly ms: number;
  /**
   * How long changers that are under way are waited for while new ones wait; 0: nobody waits, neither now nor while it is
   * counted. It is 0 for everybody for `overtakenMs` after changes have not waited for a count any longer.
   */
  readonly patienceMs: number;
  readonly maxWriteMs: number;
  readonly overtakenMs: number;
}

/** How a change begins. Times in milliseconds. */
export interface BeginOptions {
  readonly maxWriteMs: number;
  /** Whether it waits for a count that is under way. */
  readonly waits: boolean;
  /** For how long no other change is to wait, when this one ends a count. */
  readonly overtakenMs: number;
}

/**
 * Where counters and rankings are kept: single steps, each of them atomic on the server that owns the key.
 * A structure is changed only by those who announced themselves before they wrote to the database, and is counted only
 * while there are none, so that each change is in it exactly once. What cannot be known removes it.
 * `LocalDerivedStore` in `tiers/` keeps them in this process. Every method may reject with a CacheError
 * `REDIS_UNAVAILABLE`, `REDIS_TIMEOUT` or `REDIS_REFUSED`.
 */
export interface DerivedStore {
  /** All numbers, or the `limit` highest; `undefined` where nothing is kept, or nobody knows whether it is right. */
  read(place: DerivedPlace, limit?: number): Promise<Numbers | undefined>;
  recount(place: DerivedPlace, request: RecountRequest): Promise<RecountReply>;
  /** Keeps what was counted, if nobody has begun a change since the right was granted. */
  fill(place: DerivedPlace, right: { token: string; epoch: string }, numbers: Numbers): Promise<boolean>;
  /** Prolongs a right for which changes wait; `false` when it is no longer ours. */
  renew(place: DerivedPlace, token: string, ms: number): Promise<boolean>;
  /** `overtakenMs`: changes would not end; for so long nobody is to wait for a count. */
  release(place: DerivedPlace, token: string, overtakenMs?: number): Promise<void>;
  /**
   * Announces a change before it reaches the database. `false`: somebody counts, which is soon over, and nothing is
   * announced; not for `waits: false`, which ends the count of others.
   */
  begin(place: DerivedPlace, changer: Changer, options: BeginOptions): Promise<boolean>;
  /**
   * Ends a change: adds the numbers to what is kept; `null` removes it, for nobody knows what happened.
   * Resolves to whether they are in what is kept now.
   */
  commit(place: DerivedPlace, changer: Changer, deltas: Numbers | null): Promise<boolean>;
  /** Removes what is kept, and ends every count that is under way. */
  drop(key: string): Promise<void>;
}
