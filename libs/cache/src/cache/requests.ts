import type { RegionRecorder, UnstoredReason } from '../contracts/events.js';
import type { LoadContext } from '../contracts/load-context.js';
import type { LoadPolicy } from '../contracts/load-policy.js';
import type { EntryFormat } from '../tiers/entry-format.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { RegionLog } from './region-log.js';

/** A region as the engine uses it: every option resolved. Durations in milliseconds. */
export interface RegionRuntime {
  readonly name: string;
  /** The implicit tag of all its entries, which `clear` invalidates. */
  readonly tag: string;
  /** The name of the partition that keeps its entries. */
  readonly partition: string;
  /** What a deployment says of it differently is known only when its strategy is there. */
  ttlMs: number;
  nullTtlMs: number;
  /** Whether values may be kept in process memory. */
  readonly memory: boolean;
  /** Every read asks the server for value and nonces: nothing that lags behind may answer. */
  readonly strict: boolean;
  /** Whether a hit prolongs the life of an entry. */
  readonly sliding: boolean;
  /** Whether tags may become known only from a result; learnt when a loader names some although nobody said that it would. */
  lateTags: boolean;
  /** How its values are loaded, where an operation does not say otherwise. */
  readonly policy: LoadPolicy;
  readonly format: EntryFormat;
  /** Where its writes are until the database has them. */
  readonly behind: RegionLog | undefined;
  readonly recorder: RegionRecorder;
  /** The user's tags of an entry with these key arguments, canonical. */
  tagsOf(args: readonly unknown[]): readonly string[];
  /** The user's tags that only a value tells, canonical. Throws what the user's function throws. */
  resultTagsOf(value: unknown, args: readonly unknown[]): readonly string[];
  /** A value could not be kept; says so once. */
  refused(reason: string): void;
}

/** How long a loaded value is to be kept, or why it is not. */
export type Keep =
  | {
      readonly kind: 'keep';
      readonly ttlMs: number;
      /** Tags that became known only from the value, canonical. */
      readonly tags?: readonly string[];
    }
  | { readonly kind: 'leave'; readonly why: UnstoredReason };

/** What a loader may say while it runs. */
export interface LoadScope {
  /**
   * Adds tags that became known only now; resolves when their nonces have been read, so that what is read from the
   * database afterwards is condemned by any later invalidation of them.
   */
  declare(tags: readonly string[]): Promise<void>;
}

/** What a loader said of its result. */
export interface Said {
  readonly ttlMs: number | undefined;
  readonly skipped: boolean;
  readonly tags: readonly string[];
}

/** A load that runs. */
export interface Running extends LoadContext, LoadScope {
  /** Whether its signal may ever be aborted. */
  readonly abortable: boolean;
  /** Takes over what was said of several results together. */
  adopt(said: Said): void;
}

/** One call that wants the value of a key. */
export interface LoadRequest {
  readonly region: RegionRuntime;
  /** The canonical key. */
  readonly key: string;
  /** Tags known before the load, canonical, the region's own among them. */
  readonly tags: readonly string[];
  /** Whether `keep` may name tags: the tag clocks are then noted before the load. */
  readonly lateTags: boolean;
  /** How the loader is treated. */
  readonly policy: LoadPolicy;
  load(running: Running): Promise<unknown>;
  /** Whether and how long to keep what was loaded. Must not throw. */
  keep(value: unknown): Keep;
  /** Whether a stored value may answer this call; `false` loads and replaces it. Absent: always. Must not throw. */
  accepts?(value: unknown): boolean;
  /** It is loaded together with others: its loader cannot be run for it alone. */
  readonly together?: boolean;
  /** What is stored is not what the loader gives, and would mean nothing to it. */
  readonly hidesReplaced?: boolean;
  /** `false`: neither join nor wait for other loads. */
  readonly sync: boolean;
  /** `'storable'`: callers share a load only if its answer was kept; otherwise each loads for itself. */
  readonly share: 'always' | 'storable';
}

/** How a flight ended. */
export interface Landing {
  readonly held: HeldValue;
  /** `'again'`: an evict came between, those who joined ask once more. `'alone'`: only the caller that loaded may use it. */
  readonly joiners: 'welcome' | 'again' | 'alone';
}
