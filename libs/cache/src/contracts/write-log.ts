/** One log of writes: those of a region whose keys fall into one partition. All its keys share a Cluster slot. */
export interface LogPlace {
  readonly region: string;
  /** From 0. */
  readonly partition: number;
}

/** A write on its way into a log. */
export interface LoggedWrite {
  /** Names the write for ever; random. */
  readonly id: string;
  /** The canonical key. */
  readonly key: string;
  /** The key arguments as bytes. */
  readonly args: Buffer;
  /** The value as bytes. */
  readonly value: Buffer;
  /** Whether reads of the key are to see the value until it is settled: not for deltas. */
  readonly marks: boolean;
}

/** A write in a log. */
export interface LogEntry extends Omit<LoggedWrite, 'marks'> {
  /** Where it stands in its log: later writes stand at later places. */
  readonly seq: string;
  /** Microseconds since 1970 by the server's clock, or more: each version of a log is above all that it gave out before. */
  readonly version: number;
  /** It was a dead letter: what is cached of its key does not know of it. */
  readonly replayed: boolean;
}

/** What became of an append. */
export type Appended =
  | { readonly kind: 'appended'; readonly version: number }
  /** There are `depth` writes in the log already. */
  | { readonly kind: 'full'; readonly depth: number }
  /** The server executed it when nobody waited for it any more; nothing was written. */
  | { readonly kind: 'late' };

/** Bounds of an append. Versions and the deadline are microseconds since 1970. */
export interface AppendTerms {
  /** Writes in the log above which nothing is appended. */
  readonly maxDepth: number;
  /** The version must be above this one, the latest that this process knows. */
  readonly floor: number;
  /** A version above this is not given out, nothing is appended: whoever waited has given up by then. */
  readonly deadline: number;
}

/** A value that the database may not have yet. */
export interface UnsettledValue {
  readonly version: number;
  readonly value: Buffer;
}

/** The right to empty a log. */
export interface Grip {
  readonly owner: string;
  /** Rises with every owner: whoever comes with a lower one is none any more. */
  readonly fence: number;
}

/** A write that its handler refused for good. */
export interface BuriedWrite extends LogEntry {
  /** Class and code of the error; never its message, which may hold values. */
  readonly reason: string;
  /** Milliseconds since 1970 by the server's clock. */
  readonly at: number;
}

/** How a log is now. */
export interface LogFigures {
  /** Writes that are not settled. */
  readonly depth: number;
  /** Since when the oldest of them waits: its version, or for one that was replayed when that was. Microseconds. */
  readonly oldest: number | undefined;
  readonly deadLetters: number;
}

/** What a server does with what it is given. `undefined`: it does not say. */
export interface ServerDurability {
  /** `maxmemory-policy`. */
  readonly evictionPolicy: string | undefined;
  /** Whether a reply means that the write is on the disk: `appendonly yes` and `appendfsync always`. */
  readonly fsyncsAlways: boolean | undefined;
}

/**
 * Logs of acknowledged writes that the database does not have yet: single steps, each of them atomic on the server that owns
 * the log. A log is emptied from its oldest write on, by its one owner; what it has taken stays until it is settled, so that
 * whoever owns the log next begins with it.
 * `LocalWriteLog` in `write-behind/` keeps them in this process. Every method may reject with a CacheError
 * `REDIS_UNAVAILABLE`, `REDIS_TIMEOUT` or `REDIS_REFUSED`; what became of an `append` is then not known.
 */
export interface WriteLog {
  /** Whether a command for this log has a chance now. */
  reachable(place: LogPlace): boolean;
  /** The server's clock in microseconds since 1970, as it was measured last. */
  serverMicros(place: LogPlace): number;
  /** Into how many partitions the region's keys are divided: what the first who asked wanted, until all is gone. */
  partitions(region: string, wanted: number): Promise<number>;

  append(place: LogPlace, write: LoggedWrite, terms: AppendTerms): Promise<Appended>;
  /** Resolves to whether what was appended before is as safe as is asked for. Waits at most `timeoutMs`. */
  secured(place: LogPlace, level: 'replicated' | 'fsync', timeoutMs: number): Promise<boolean>;
  /** A version above all that were given out and above `floor`, for a write that goes to the database directly. */
  issue(place: LogPlace, floor: number): Promise<number>;
  /** The newest value of a key that is not settled. */
  unsettled(place: LogPlace, key: string): Promise<UnsettledValue | undefined>;
  /** The database has this version of the key: reads are not to see what is older. */
  overtake(place: LogPlace, key: string, version: number): Promise<void>;

  /** Announces that a worker can empty logs of the region, for `ms`; resolves to all that have, in a stable order. */
  attend(region: string, worker: string, ms: number): Promise<readonly string[]>;
  leave(region: string, worker: string): Promise<void>;
  /** Gives the right to empty the log for `ms`; `undefined` while somebody has it. Asking again for one's own prolongs it, with the same fence. */
  claim(place: LogPlace, owner: string, ms: number): Promise<Grip | undefined>;
  /** Prolongs it; `false` when it is no longer ours. */
  renew(place: LogPlace, grip: Grip, ms: number): Promise<boolean>;
  release(place: LogPlace, grip: Grip): Promise<void>;
  /** The oldest writes, at most `count`; `undefined` when the right is no longer ours. */
  take(place: LogPlace, grip: Grip, count: number): Promise<readonly LogEntry[] | undefined>;
  /** The database has these writes: they go, and their marks, where no later write of the key has taken them. `false`: no longer ours, nothing happened. */
  settle(place: LogPlace, grip: Grip, entries: readonly LogEntry[]): Promise<boolean>;
  /** Moves a write to the dead letters, with its mark. `false`: no longer ours, nothing happened. */
  bury(place: LogPlace, grip: Grip, entry: LogEntry, reason: string): Promise<boolean>;

  /** The oldest dead letters after `seq`, at most `limit`. */
  deadLetters(place: LogPlace, after: string | undefined, limit: number): Promise<readonly BuriedWrite[]>;
  /** Puts dead letters back at the end of the log, with the versions they had; resolves to how many were there. */
  replay(place: LogPlace, seqs: readonly string[]): Promise<number>;
  /** Removes dead letters for good; resolves to how many were there. */
  drop(place: LogPlace, seqs: readonly string[]): Promise<number>;

  figures(place: LogPlace): Promise<LogFigures>;
  /** How safe the server of a log keeps it. */
  durability(place: LogPlace): Promise<ServerDurability>;
}
