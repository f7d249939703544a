import type { Duration } from './duration.js';
import type { InvalidationOutcome } from './outcome.js';
import type { AnyRegion, RegionArgs, RegionValue } from './region.js';
import type { Durability, WhenFull } from './write-behind.js';

/** A write as its handler gets it. */
export interface BehindWrite<A extends readonly unknown[] = readonly unknown[], V = unknown> {
  readonly args: A;
  readonly value: V;
  /**
   * Rises with every write of a key: apply only what is newer than what the database has, for a write may come twice, and
   * after a newer one. Microseconds since 1970, below 2^53.
   */
  readonly version: number;
  /** Names the write; the same whenever it comes again. Deltas are applied once by it. */
  readonly id: string;
}

/** How a batch came to its handler. */
export interface BehindContext {
  readonly region: string;
  /** The log that the batch is from. Batches of one log come one after the other, those of different logs together. */
  readonly partition: number;
  /** Rises whenever the log changes hands: a database that keeps the highest can refuse workers that are none any more. */
  readonly fence: number;
  /** From 1; how often this batch has been tried. */
  readonly attempt: number;
  /** The writer waits: its write goes to the database directly. Then `fence` is 0. */
  readonly through: boolean;
  /** Aborted when the right to the log is lost, or the process must end. */
  readonly signal: AbortSignal;
}

/** Writes batches to the database. It resolves when the database has committed all of them, and rejects when it has none. */
export interface WriteBehindHandling<R extends AnyRegion = AnyRegion> {
  write(
    batch: readonly BehindWrite<RegionArgs<R>, RegionValue<R>>[],
    context: BehindContext,
  ): Promise<unknown>;
}

/** How batches are made for a handler, and what its errors mean. */
export interface HandlerOptions {
  /** Writes of one batch at most: 1 to 10,000. Default 500. */
  readonly batch?: number;
  /** How long a write waits for others before it is handed over. Default 200 ms. */
  readonly maxDelay?: Duration;
  /** Whether of several writes of a key in a batch only the last is handed over. Default: `true`, for deltas `false`. */
  readonly coalesce?: boolean;
  /** How often a batch is tried whose error says neither that it will pass nor that it will not. Default 8. */
  readonly attempts?: number;
  /**
   * Whether an error means that the same batch would fail again: its writes are then tried in halves, and what fails alone
   * becomes a dead letter. `undefined`: nobody knows. Default: SQLSTATE classes 21, 22, 23, 42 do, broken connections and classes 08, 40, 53, 55, 57 do not.
   */
  readonly permanent?: (error: unknown) => boolean | undefined;
}

/** What became of a write. */
export interface WriteBehindReceipt {
  readonly version: number;
  /** `queue`: Redis keeps it until the database has it. `through`: the database has it. */
  readonly via: 'queue' | 'through';
  /** What became of the value that was cached before. */
  readonly outcome: InvalidationOutcome;
}

/** A write that its handler refused for good. */
export interface DeadLetter<A extends readonly unknown[] = readonly unknown[], V = unknown> {
  /** Names it for `replay` and `drop`. */
  readonly seq: string;
  readonly partition: number;
  /** `undefined` where their bytes cannot be read any more. */
  readonly write: BehindWrite<A, V> | undefined;
  /** Class and code of the error, never its message. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Which dead letters: by what names them, or all. */
export type DeadLetterChoice = 'all' | readonly Pick<DeadLetter, 'seq' | 'partition'>[];

/** What workers did in this process. */
export interface WorkFigures {
  /** Writes that reached the database through batches. */
  readonly applied: number;
  /** Of those, writes that a later one in their batch stood for. */
  readonly coalesced: number;
  readonly batches: number;
  /** Batches that were tried again. */
  readonly retries: number;
  readonly buried: number;
  /** Times that a log was found to belong to somebody else. */
  readonly fenced: number;
  /** Logs that this process empties now. */
  readonly owned: number;
}

/** How the writes of a region are kept, every option resolved. Durations in milliseconds. */
export interface BehindTerms {
  readonly kind: 'state' | 'delta';
  readonly durability: Durability;
  readonly partitions: number;
  readonly maxDepth: number;
  readonly whenFull: WhenFull;
  readonly blockForMs: number;
}

/** A region whose writes may reach the database later. */
export interface BehindRegion {
  readonly name: string;
  readonly terms: BehindTerms;
  /** Arguments and value of a write, from their bytes; `undefined` for bytes that cannot be read. */
  decode(
    args: Buffer,
    value: Buffer,
  ): { readonly args: readonly unknown[]; readonly value: unknown } | undefined;
}

/** How batches are made for a handler, every option resolved. Durations in milliseconds. */
export interface HandlerTerms {
  readonly batch: number;
  readonly maxDelayMs: number;
  readonly coalesce: boolean;
  readonly attempts: number;
  readonly permanent: ((error: unknown) => boolean | undefined) | undefined;
}

/** The handler of a region, ready to be called. */
export interface BehindHandler {
  readonly region: BehindRegion;
  readonly terms: HandlerTerms;
  write(batch: readonly BehindWrite[], context: BehindContext): Promise<unknown>;
}
