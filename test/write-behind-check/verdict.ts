import type { Acknowledged } from './acknowledgements.js';
import { isWrittenOnce, toldBy } from './cells.js';
import type { CellRow, DatabaseRecord } from './database.js';

/** A write that became a dead letter. */
export interface Dead {
  readonly key: number;
  readonly version: number;
  readonly value: string;
}

/** What is there at the end of a run. */
export interface Evidence {
  readonly acknowledged: readonly Acknowledged[];
  readonly record: DatabaseRecord;
  readonly dead: readonly Dead[];
}

/** What is found at the end of a run. */
export interface Verdict {
  readonly acked: number;
  readonly applied: number;
  /** Acknowledged writes that the database is older than. */
  readonly lost: number;
  /** Rows that went back to an older version, and fences that two workers had. */
  readonly regressions: number;
  /** Writes that the database committed twice; harmless, for they are applied by version. */
  readonly duplicatesApplied: number;
  readonly deadLetters: number;
  /** Acknowledged writes that the database refuses; of those, the ones that no later write of their key may have replaced. */
  readonly poison: number;
  readonly lonePoison: number;
  /** Dead letters that should be none or are there twice, and lone poison that is none. */
  readonly wrongDeadLetters: number;
  /** Rows that hold what was not written to them, or not under their version. */
  readonly wrongFinals: number;
  /** The share of writes through logs that were never sent to the database, for a later one stood for them; 0 to 1. */
  readonly coalescedShare: number;
  /** Milliseconds. */
  readonly p50AckMs: number;
  readonly p99AckMs: number;
}

/** Compares what was acknowledged with what the database has, and with what it has seen. */
export function verdictOn({ acknowledged, record, dead }: Evidence): Verdict {
  const rows = new Map(record.rows.map((row) => [row.key, row]));
  const through = acknowledged.filter(({ via }) => via === 'through').length;
  const queued = acknowledged.length - through - dead.length;
  const poison = acknowledged.filter(({ value }) => toldBy(value)?.isPoison);
  const times = acknowledged.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    acked: acknowledged.length,
    applied: record.applied,
    lost: acknowledged.filter((one) => isLost(one, rows.get(one.key))).length,
    regressions: record.regressions + record.sharedFences,
    duplicatesApplied: record.duplicates,
    deadLetters: dead.length,
    poison: poison.length,
    lonePoison: poison.filter(({ key }) => isWrittenOnce(key)).length,
    wrongDeadLetters: wrongDeadLetters(poison, dead),
    wrongFinals: wrongFinals(acknowledged, record.rows),
    coalescedShare: queued <= 0 ? 0 : Math.max(0, rounded(1 - (record.sent - through) / queued)),
    p50AckMs: rounded(percentile(times, 0.5)),
    p99AckMs: rounded(percentile(times, 0.99)),
  };
}

/** What the database refuses becomes a dead letter, or is replaced by a later write before anybody finds that out. */
function isLost({ value, version }: Acknowledged, row: CellRow | undefined): boolean {
  return toldBy(value)?.isPoison !== true && (row?.version ?? 0) < version;
}

/**
 * Each write that the database refuses is a dead letter once, unless a later write of its key stood for it. Poison whose
 * writer died before it heard of it is one as well.
 */
function wrongDeadLetters(poison: readonly Acknowledged[], dead: readonly Dead[]): number {
  const acked = new Map(poison.map((one) => [one.value, one]));
  const values = new Set<string>();
  let wrong = 0;
  for (const { key, value, version } of dead) {
    const told = toldBy(value);
    const ack = acked.get(value);
    const isRight = told?.isPoison === true && told.key === key && (ack?.version ?? version) === version;
    if (!isRight || values.has(value)) wrong++;
    values.add(value);
  }
  const lone = poison.filter(({ key }) => isWrittenOnce(key));
  return wrong + lone.filter(({ value }) => !values.has(value)).length;
}

function wrongFinals(acknowledged: readonly Acknowledged[], rows: readonly CellRow[]): number {
  const byVersion = new Map(acknowledged.map((one) => [`${one.key} ${one.version}`, one.value]));
  const byValue = new Map(acknowledged.map((one) => [one.value, one.version]));
  return rows.filter(({ key, value, version }) => {
    const told = toldBy(value);
    if (told === undefined || told.key !== key || told.isPoison) return true;
    // a write that was cut off before its acknowledgement was noted may be there as well
    return (
      (byVersion.get(`${key} ${version}`) ?? value) !== value || (byValue.get(value) ?? version) !== version
    );
  }).length;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}

function rounded(number: number): number {
  return Math.round(number * 1_000) / 1_000;
}
