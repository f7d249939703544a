import type { BehindFigures } from '../contracts/behind-figures.js';

/** What is known of the logs of write-behind, by region. */
export interface WriteBehindSource {
  readonly latest: Readonly<Record<string, BehindFigures>>;
  refresh(): Promise<void>;
  /** How old the oldest write may be before something is wrong, in milliseconds. */
  readonly degradedAfterMs: number;
}

/**
 * The writes of one region that reach the database later. `depth`, `oldestMs` and `deadLetters` are the whole fleet's, read at
 * most once a second and only when somebody asks, and `null` while a server does not say; the others are counted by this
 * instance since its start.
 */
export class WriteBehindStats {
  /** Writes that the database does not have yet. */
  readonly depth!: number | null;
  /** How many there may be. */
  readonly maxDepth!: number;
  /** How long the oldest of them has waited: the lag of the database, in milliseconds. */
  readonly oldestMs!: number | null;
  /** Writes that the handler refused for good, until they are replayed or dropped. */
  readonly deadLetters!: number | null;
  /** Writes that were acknowledged because a log has them. */
  readonly queued!: number;
  /** Writes that were acknowledged because they went to the database directly. */
  readonly through!: number;
  /** Writes that were not acknowledged: a log was full, or nobody could take them. */
  readonly refused!: number;
  /** Writes that this instance's handler brought to the database, in `batches`. */
  readonly applied!: number;
  /** Those of `applied` that a later write of the same key stood for. */
  readonly coalesced!: number;
  readonly batches!: number;
  /** Batches that were tried again. */
  readonly retries!: number;
  /** Writes that became dead letters here. */
  readonly buried!: number;
  /** How often a log was found to belong to another instance already. */
  readonly fenced!: number;
  /** Logs that this instance empties now. */
  readonly owned!: number;
}

/** The statistics of write-behind by region. */
export function writeBehindStats(
  figures: Readonly<Record<string, BehindFigures>>,
): Readonly<Record<string, WriteBehindStats>> {
  return Object.fromEntries(Object.entries(figures).map(([region, one]) => [region, statsOf(one)]));
}

function statsOf({
  depth,
  maxDepth,
  oldestMs,
  deadLetters,
  accepted,
  work,
}: BehindFigures): WriteBehindStats {
  return Object.assign(new WriteBehindStats(), {
    depth: depth ?? null,
    maxDepth,
    oldestMs: oldestMs === undefined ? null : Math.round(oldestMs),
    deadLetters: deadLetters ?? null,
    ...accepted,
    ...work,
  });
}

/** The share of the room in the logs above which the next burst may find them full. */
const NEARLY_FULL = 0.9;

/** What is wrong with write-behind, for people; `undefined` where nothing is. It names regions, no keys. */
export function behindTrouble(
  figures: Readonly<Record<string, BehindFigures>>,
  degradedAfterMs: number,
): string | undefined {
  for (const [region, { depth, maxDepth, oldestMs }] of Object.entries(figures)) {
    if (oldestMs !== undefined && oldestMs > degradedAfterMs)
      return `writes of '${region}' wait too long for the database`;
    if (depth !== undefined && depth >= maxDepth * NEARLY_FULL)
      return `the logs of writes of '${region}' are nearly full`;
  }
  return undefined;
}
