import type { TagNonce } from './entry.js';
import type { TagClock } from './tag-clock.js';

/** What one read brought back: the entry's bytes and the nonces of the tags that were asked for. */
export interface ReadReply {
  readonly bytes: Buffer | null;
  /** One nonce per tag, in their order; `null` where the server knows none. */
  readonly nonces: readonly (string | null)[];
}

/** The server's answer to a request for the right to load. */
export type LeaseReply =
  /** Somebody has stored it. Bytes that are no entry: what was there was none and is gone, and the caller may count it. */
  | { readonly kind: 'value'; readonly bytes: Buffer }
  | { readonly kind: 'granted' }
  /** Another caller loads; its right ends in `remainingMs` unless renewed. */
  | { readonly kind: 'held'; readonly remainingMs: number }
  /** A writer is at work, or the key is moving to another server: load, but do not store. */
  | { readonly kind: 'writing' };

/** What a load brought, on its way into the store. */
export interface FilledEntry {
  readonly bytes: Buffer;
  readonly ttlMs: number;
  /** The nonces inside `bytes`, as read before the load. */
  readonly tags: readonly TagNonce[];
}

/** The tag clocks of a store, noted before a load: one server has one, a Cluster one per group of tags. */
export type TagClocks = readonly (TagClock | null)[];

/** A nonce that was read after a load, and whether the tag surely was not invalidated since the clocks were noted. */
export interface LateNonce {
  readonly nonce: string;
  readonly timely: boolean;
}

/** New expiries of an entry, in milliseconds of the server's clock, and the life of its key. */
export interface Expiry {
  readonly softExpiry: number;
  readonly hardExpiry: number;
  readonly ttlMs: number;
}

/** `'replicated'`: an invalidation counts as confirmed only when a replica has it too. */
export type Confirmation = 'replicated';

/**
 * The shared store as the engine sees it: single steps, each of them atomic on the server that owns the key.
 * `RedisStore` in `redis/` is the example; `testing/` has doubles that fail on purpose.
 * Keys are canonical keys, tags canonical tags; naming them, and finding the server of each, is the store's business.
 * Every method may reject with a CacheError `REDIS_UNAVAILABLE`, `REDIS_TIMEOUT` or `REDIS_REFUSED`.
 */
export interface Store {
  /** Whether a command for this key or tag sent now has a chance: connected, greeted, breaker closed, room for one more in flight. */
  available(name: string): boolean;
  /**
   * The same, whatever is in flight: what removes entries and what bars or frees a key must not be refused because many
   * reads are under way.
   */
  reachable(name: string): boolean;
  /** A caller gave up waiting for a reply about this key: that counts against its server like a failed command. */
  timedOut(name: string): void;
  /** The server of this key or tag may have missed something that is no longer known: it is greeted again before it is read from. */
  distrust(name: string): void;
  /** The epoch of the key's server; entries of another one are misses. */
  epoch(name: string): string;
  /** The time of the key's server in milliseconds since 1970 at a monotonic moment, now if absent, from the offset measured last. */
  serverTime(name: string, monotonic?: number): number;

  /**
   * An entry and nonces. Who calls it sets no timer of his own: a read without an answer must reject by itself, in the time
   * that a call may wait for the store.
   */
  read(key: string, tags: readonly string[]): Promise<ReadReply>;
  /** Nonces of tags without creating missing ones. */
  peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]>;
  /** Nonces of tags; missing ones are created, all live at least `ttlMs` longer. */
  nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]>;
  /** The tag clocks as they stand now. */
  tagClocks(): Promise<TagClocks>;
  /** Nonces of tags that a load named only in its result; `noted` are the clocks from before the load. */
  lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number): Promise<readonly LateNonce[]>;

  /** `badId`: the id of an entry that was found invalid and may be replaced, or `''`. */
  lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply>;
  /** Prolongs a lease; `false` when it is no longer ours. */
  renew(key: string, token: string, ms: number): Promise<boolean>;
  release(key: string, token: string): Promise<void>;
  /** Stores an entry if the lease is still ours; `false` means fenced, or that its tags no longer have the nonces it carries. */
  fill(key: string, token: string, entry: FilledEntry): Promise<boolean>;
  /** Gives an entry new expiries, if it is still the one with this id. */
  touch(key: string, id: string, expiry: Expiry): Promise<boolean>;

  /** Resolves to whether it is as sure as was asked for. */
  evict(keys: readonly string[], confirm?: Confirmation): Promise<boolean>;
  /** Makes entries stale where they are, and fences their loads. */
  expire(keys: readonly string[]): Promise<void>;
  begin(key: string, token: string, maxWriteMs: number): Promise<void>;
  /** Ends a write: stores `bytes` when this was the only writer (`true`), else, or for `null`, evicts (`false`). */
  commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean>;
  /** Resolves to whether it is as sure as was asked for. */
  invalidateTags(tags: readonly string[], ttlMs: number, confirm?: Confirmation): Promise<boolean>;
}

/**
 * What must be done on a server that was away, before reads from it resume: the invalidations that it may have missed.
 * `promoted`: it was a replica until now, so that it may lack what the old master had acknowledged.
 * Resolves to `'renew'` when not everything that was missed is known: the server then gets a new epoch.
 */
export type Resume = (server: ResumedServer) => Promise<'resume' | 'renew'>;

/** A server that is about to answer reads again. */
export interface ResumedServer {
  readonly promoted: boolean;
  /** It has just got a new epoch: nothing that it may have missed is there any more. */
  readonly renewed?: boolean;
  /** Whether this server owns a key or tag. */
  owns(name: string): boolean;
}
