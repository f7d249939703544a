/** Why a value was not kept in the store. */
export type UnstoredReason =
  /** The store did not answer. */
  | 'unavailable'
  /** The lease was gone when the value arrived: an evict came between. */
  | 'fenced'
  /** A writer was at work on the key. */
  | 'writing'
  /** Another process loaded for longer than this call would wait. */
  | 'waited'
  /** The region's or decorator's `sync: false`, and another process was loading. */
  | 'unsynced'
  /** A tag that only the result told may have been invalidated while the loader ran. */
  | 'untimely'
  /** Loaded inside a unit of work, where the database may show what is not committed. */
  | 'transaction'
  /** `undefined`, `unless`, a TTL of 0 or an answer that must not be stored. */
  | 'declined'
  /** The value has no exact bytes: an instance of a class, too large, too deep. */
  | 'refused';

/** Why a value that is no longer fresh answered. */
export type StaleReason =
  /** The loader failed. */
  | 'failed'
  /** The loader took longer than the soft timeout. */
  | 'slow'
  /** Another process was loading. */
  | 'waiting';

/** One outcome of the cache in a region. Times in milliseconds. */
export type RegionEvent =
  /** Answered from Redis. */
  | { readonly type: 'redis-hit'; readonly ms: number }
  /** Answered by a load or read that another caller of this process had begun. */
  | { readonly type: 'joined'; readonly ms: number }
  /** Answered by the loader; `loadMs` is the loader's part of `ms`. */
  | { readonly type: 'loaded'; readonly ms: number; readonly loadMs: number }
  /** Answered by a value that is no longer fresh: the loader failed, or took longer than the caller would wait. */
  | { readonly type: 'stale'; readonly ms: number; readonly why: StaleReason }
  /** A load that nobody waited for brought a value. */
  | { readonly type: 'refreshed'; readonly loadMs: number }
  /** A load of a warming brought a value. */
  | { readonly type: 'warmed'; readonly loadMs: number }
  /** A loader that a warming ran failed. */
  | { readonly type: 'warming-failed' }
  /** A loader failed; whether a request failed with it is told apart. */
  | { readonly type: 'load-failed' }
  /** The loader failed, and with it the request. */
  | { readonly type: 'load-error'; readonly ms: number }
  /** Run without the cache: no canonical key, a `condition` that said no, a bypass. */
  | { readonly type: 'bypassed' }
  | { readonly type: 'stored'; readonly bytes: number }
  | { readonly type: 'unstored'; readonly why: UnstoredReason }
  /** An entry in Redis that could not be read. */
  | { readonly type: 'invalid-entry' }
  | { readonly type: 'evicted'; readonly keys: number; readonly confirmed: boolean }
  | { readonly type: 'cleared'; readonly confirmed: boolean }
  | { readonly type: 'written'; readonly stored: boolean };

/** An outcome that belongs to no region. */
export type SystemEvent =
  | { readonly type: 'tags-invalidated'; readonly tags: number; readonly confirmed: boolean }
  | { readonly type: 'redis-connected' }
  | { readonly type: 'redis-lost' }
  | { readonly type: 'redis-failure'; readonly kind: 'connection' | 'command'; readonly reason: string }
  | { readonly type: 'breaker'; readonly state: 'open' | 'closed' }
  | { readonly type: 'channel-gap'; readonly reason: string }
  | { readonly type: 'new-epoch' }
  /** Redis was looked through for what nobody asks for any more; what was removed, and what could not be. */
  | {
      readonly type: 'swept';
      readonly entries: number;
      readonly orphans: number;
      /** Keys that are nothing that is known. */
      readonly unknown: number;
      /** Servers that could not be looked through. */
      readonly failed: number;
    };

/** Takes the outcomes of one region. Every request ends in exactly one of: memory hit, redis-hit, joined, stale, loaded, load-error, bypassed. */
export interface RegionRecorder {
  /** Counts a hit from memory; `true` asks the caller to time this one and report it with `memoryLatency`. */
  memoryHit(): boolean;
  memoryLatency(ms: number): void;
  record(event: RegionEvent): void;
}

/** Where outcomes go. A recorder must not throw; the engine does not guard the hot path against it. */
export interface Recorder {
  region(name: string): RegionRecorder;
  record(event: SystemEvent): void;
}

const SILENT_REGION: RegionRecorder = {
  memoryHit: () => false,
  memoryLatency: () => undefined,
  record: () => undefined,
};

/** A recorder that keeps nothing. */
export const silentRecorder: Recorder = { region: () => SILENT_REGION, record: () => undefined };

/** Tells people, once per kind, what they should know; never holds keys, values or secrets. */
export interface Reporter {
  /** Said the first time `kind` comes up, silent afterwards. */
  once(kind: string, message: string): void;
  info(message: string): void;
}

/** A reporter that says nothing. */
export const silentReporter: Reporter = { once: () => undefined, info: () => undefined };
