import type { TagNonce } from './entry.js';

/** What one read brought back: the entry's bytes and the nonces of the tags that were asked for. */
export interface ReadReply {
  readonly bytes: Buffer | null;
  /** One nonce per tag, in their order; `null` where the server knows none. */
  readonly nonces: readonly (string | null)[];
}

/** The server's answer to a request for the right to load. */
export type LeaseReply =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  | { readonly kind: 'granted' }
  /** Another caller loads; its right ends in `remainingMs` unless renewed. */
  | { readonly kind: 'held'; readonly remainingMs: number }
  /** A writer is at work: load, but do not store. */
  | { readonly kind: 'writing' };

/** What a load brought, on its way into the store. */
export interface FilledEntry {
  readonly bytes: Buffer;
  readonly ttlMs: number;
  /** The nonces inside `bytes`, as read before the load. */
  readonly tags: readonly TagNonce[];
}

/**
 * The shared store as the engine sees it: single steps, each of them atomic on the server.
 * `RedisStore` in `redis/` is the example; `testing/` has doubles that fail on purpose.
 * Keys are canonical keys, tags canonical tags; naming them on the server is the store's business.
 * Every method may reject with a CacheError `REDIS_UNAVAILABLE`, `REDIS_TIMEOUT` or `REDIS_REFUSED`.
 */
export interface Store {
  /** Whether a command sent now has a chance: connected, greeted, breaker closed, room for one more in flight. */
  available(): boolean;
  /**
   * The same, whatever is in flight: what removes entries and what bars or frees a key must not be refused because many
   * reads are under way.
   */
  reachable(): boolean;
  /** A caller gave up waiting for a reply: that counts against the server like a failed command. */
  timedOut(): void;
  /** The server's epoch; entries of another one are misses. */
  epoch(): string;
  /** The server's time in milliseconds since 1970 at a monotonic moment, now if absent, from the offset measured last. */
  serverTime(monotonic?: number): number;

  read(key: string, tags: readonly string[]): Promise<ReadReply>;
  /** Nonces of tags without creating missing ones. */
  peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]>;
  /** Nonces of tags; missing ones are created, all live at least `ttlMs` longer. */
  nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]>;

  /** `badId`: the id of an entry that was found invalid and may be replaced, or `''`. */
  lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply>;
  /** Prolongs a lease; `false` when it is no longer ours. */
  renew(key: string, token: string, ms: number): Promise<boolean>;
  release(key: string, token: string): Promise<void>;
  /** Stores an entry if the lease is still ours and its tags still have the nonces it carries; `false` means fenced. */
  fill(key: string, token: string, entry: FilledEntry): Promise<boolean>;

  evict(keys: readonly string[]): Promise<void>;
  begin(key: string, token: string, maxWriteMs: number): Promise<void>;
  /** Ends a write: stores `bytes` when this was the only writer (`true`), else, or for `null`, evicts (`false`). */
  commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean>;
  invalidateTags(tags: readonly string[], ttlMs: number): Promise<void>;
}
