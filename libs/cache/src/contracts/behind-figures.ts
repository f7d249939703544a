import type { WorkFigures } from './behind-handler.js';

/** What became of the writes that this process accepted for a region since it started. */
export interface AcceptedWrites {
  /** Acknowledged because a log has them. */
  readonly queued: number;
  /** Acknowledged because the database has them: they went there directly. */
  readonly through: number;
  /** Not acknowledged: the log was full, or nobody could take them. */
  readonly refused: number;
}

/** How the writes of a region are doing that the database may not have yet. */
export interface BehindFigures {
  /** Writes in all logs of the region, of the whole fleet; `undefined` while a server does not say. */
  readonly depth: number | undefined;
  /** How many writes one log holds at most, times the number of logs. */
  readonly maxDepth: number;
  /** How long the oldest of them has waited, in milliseconds. `undefined`: there is none, or a server does not say. */
  readonly oldestMs: number | undefined;
  /** Writes that the handler refused for good and nobody has replayed or dropped. */
  readonly deadLetters: number | undefined;
  readonly accepted: AcceptedWrites;
  /** What this process did with batches; all 0 where it has no handler. */
  readonly work: WorkFigures;
}
