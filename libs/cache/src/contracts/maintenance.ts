import type { SweepReport } from './sweep-report.js';

/** What a store keeps under a name: the entry of a key, the lease of its load, its running writers, the nonce of its own tag. */
export type CompanionKind = 'value' | 'lease' | 'writers' | 'nonce';

/** Something that a store keeps on behalf of a key, found by looking through all it has. */
export interface Companion {
  readonly kind: CompanionKind;
  /** The canonical key. */
  readonly key: string;
}

/** What a server says of itself. */
export interface ServerFigures {
  /** Where it is: `host:port`. */
  readonly server: string;
  readonly usedMemoryBytes: number;
  /** 0: no limit but that of the machine. */
  readonly maxMemoryBytes: number;
  /** What it does when the limit is reached, in its own words. */
  readonly maxMemoryPolicy: string;
  /** Keys that it removed because it was full, since it started. */
  readonly evictedKeys: number;
  /** Keys whose time was up, since it started. */
  readonly expiredKeys: number;
  /** Keys in the database that is used, those of others among them. */
  readonly keys: number;
}

/** How a sweep is to be done. */
export interface SweepOrder {
  /** How often sweeps are made, in milliseconds; a server is left alone that was swept more lately, unless `force`. */
  readonly everyMs: number;
  readonly force: boolean;
  isCancelled(): boolean;
  /** Lets the servers rest between two portions. */
  pause(): Promise<void>;
}

/** Takes what was found; resolves to `false` when nothing more is wanted. */
export type Visit = (found: readonly Companion[]) => Promise<boolean>;

/**
 * What is done with a whole store and not with single keys. Slow, and never on behalf of a request: it waits for the server as
 * long as it takes, on a connection of its own, and says nothing about whether the server may be read from.
 * `RedisMaintenance` in `redis/` is the example; `testing/` has one in memory, one that finds nothing and one that fails on purpose.
 */
export interface Maintenance {
  /** Whether keys may move from one server to another while they are looked for, so that a look at all of them may miss one. */
  readonly keysMove: boolean;
  /**
   * Looks through all servers for what they keep of a region, and gives it to `visit` in portions, the next one when that has
   * resolved. What is there from the beginning to the end is found, perhaps twice, unless it moves meanwhile; versions of the
   * application whose entries an evict does not remove are left out. Rejects with a CacheError where a server cannot be asked.
   */
  look(region: string, visit: Visit): Promise<void>;
  /** Has all processes doubt what they remember of a tag, though nothing has become of it. Rejects with a CacheError. */
  doubt(tag: string): Promise<void>;
  /** Says for the next `ttlMs` milliseconds that an instance of this version runs. Rejects with a CacheError. */
  announce(ttlMs: number): Promise<void>;
  /** Removes what nobody will ever ask for again: entries of versions that are not announced, and what has no end. Never rejects. */
  sweep(order: SweepOrder): Promise<SweepReport>;
  /** What the servers say of themselves; `undefined` where they may not be asked. Rejects with a CacheError. */
  figures(): Promise<readonly ServerFigures[] | undefined>;
}
