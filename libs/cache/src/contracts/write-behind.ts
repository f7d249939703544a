import type { Duration } from './duration.js';

/**
 * When a write is acknowledged.
 * - `memory`: Redis has it in its memory. What a crash of Redis loses is what its persistence settings allow.
 * - `replicated`: a replica has it, too.
 * - `fsync`: it is on the disk of Redis (`appendonly yes`, `appendfsync always`).
 * - `none`: it is in the memory of this process only, and is lost with it.
 */
export type Durability = 'memory' | 'replicated' | 'fsync' | 'none';

/**
 * What happens to a write when its log is full.
 * - `reject`: a CacheError `WRITE_BEHIND_FULL`.
 * - `block`: the caller waits for room, at most `blockFor`, then as `reject`.
 * - `through`: the handler is called at once, in the caller's process. Not for deltas, whose order it would break.
 */
export type WhenFull = 'reject' | 'block' | 'through';

/** How the writes of a region are kept until the database has them. */
export interface RegionWriteBehind {
  /**
   * `state` (default): a value is all there is to know of its key, so that of several only the last must reach the database.
   * `delta`: a value is an event or a difference; each reaches the database, none is ever read from the cache.
   */
  readonly kind?: 'state' | 'delta';
  /** Default: the module's. */
  readonly durability?: Durability;
  /** Into how many logs keys are divided, each emptied by one worker at a time: 1 to 64. Default: the module's, 8. */
  readonly partitions?: number;
  /** Writes that one log holds at most. Default: the module's, 10,000. */
  readonly maxDepth?: number;
  /** Default: the module's, `block`. */
  readonly whenFull?: WhenFull;
  /** How long `block` waits. Default: the module's, 5 s. */
  readonly blockFor?: Duration;
}

/** Write-behind in an application. */
export interface WriteBehindOptions extends Omit<RegionWriteBehind, 'kind'> {
  /** `false`: this process writes, but leaves the work of handlers to others. Default `true`. */
  readonly work?: boolean;
  /** How long a worker that died keeps its logs from the others. Default 5 s. */
  readonly lease?: Duration;
  /** How long a shutdown goes on emptying logs. Default 10 s. */
  readonly drain?: Duration;
  /** How long a write waits for Redis before it goes to the database directly. Default 1 s. */
  readonly ackTimeout?: Duration;
  /** `true`: Redis may evict acknowledged writes (`maxmemory-policy allkeys-*`), and this is known. Default `false`: the boot stops. */
  readonly acknowledgeEviction?: boolean;
  /** Age of the oldest write above which `/health` is degraded. Default 30 s. */
  readonly degradedAfter?: Duration;
}
