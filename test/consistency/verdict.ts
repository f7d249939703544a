import { Acknowledgements } from './acknowledgements.js';
import { Findings, MAX_STALENESS_MS } from './findings.js';
import type { Breach, CellRules, Report } from './findings.js';
import type { History, ReadColumns, Write } from './history.js';
import { FAILED, FOREIGN } from './log.js';

/** What one process held of a cell after everything had come to rest; `undefined` is nothing. */
export interface Rest {
  readonly process: number;
  readonly cell: number;
  readonly version: number | undefined;
}

/** A time in which the server may have forgotten what it had acknowledged: a failover without waiting for replicas. */
export interface Lapse {
  readonly from: number;
  readonly until: number;
}

/** What the history was made under. Times in microseconds of `now()`. */
export interface Circumstances {
  readonly rules: (cell: number) => CellRules;
  /** Processes that read what Redis holds, and nothing else. */
  readonly auditors: ReadonlySet<number>;
  readonly lapses?: readonly Lapse[];
  /** When the server lost its data: who wrote then barred nobody. */
  readonly losses?: readonly number[];
  readonly rest?: readonly Rest[];
  /** Processes that are still there at rest: they have made up for what was queued. */
  readonly living?: ReadonlySet<number>;
  /** The newest version of a cell in the database, when all writes have ended. */
  readonly database?: (cell: number) => number;
}

/** What a read is judged by. */
interface Bench {
  readonly cell: number;
  readonly process: number;
  readonly rules: CellRules;
  /** What was acknowledged for good. */
  readonly known: Acknowledgements;
  /** What was acknowledged at all, also where the server may have forgotten it. */
  readonly heard: Acknowledgements;
  /** The newest version there is; Infinity while writers are at work. */
  readonly newest: number;
  readonly findings: Findings;
}

interface Read {
  readonly version: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Judges a history: which reads saw less than what had been acknowledged before they began, and everything else that must
 * not happen. Nothing is promised of a version whose invalidation was not confirmed, until a newer one is.
 */
export function judge(history: History, circumstances: Circumstances): Report {
  const findings = new Findings();
  for (const cell of history.cells()) judgeCell(cell, history, { circumstances, findings });
  return findings.report();
}

function judgeCell(
  cell: number,
  history: History,
  { circumstances, findings }: { circumstances: Circumstances; findings: Findings },
): void {
  const { auditors, lapses = [], losses = [], rest = [], database = () => Infinity } = circumstances;
  const rules = circumstances.rules(cell);
  const writes = history.writesOf(cell);
  const lasting = writes.map((write) => lapsed(write, lapses));
  const known = new Acknowledgements(lasting);
  const heard = lapses.length === 0 ? known : new Acknowledgements(writes);
  const bench = { cell, rules, known, heard, newest: database(cell), findings };
  findings.wrote(rules, writes);
  for (const [process, reads] of history.readsOf(cell)) {
    const auditing = auditors.has(process);
    findings.read(rules, reads.version.length, auditing);
    judgeEach({ ...bench, process }, reads, auditing);
    judgeOrder({ ...bench, process }, reads, losses);
  }
  const least = leastAtRest(lasting, circumstances.living);
  for (const one of rest)
    if (one.cell === cell) judgeRest({ ...bench, process: one.process }, one.version, least);
}

/** What was acknowledged while the server was about to forget is not promised. */
function lapsed(write: Write, lapses: readonly Lapse[]): Write {
  const forgotten = lapses.some(({ from, until }) => write.end >= from && write.end <= until);
  return forgotten ? { ...write, outcome: 'unknown' } : write;
}

function judgeEach(bench: Bench, reads: ReadColumns, auditing: boolean): void {
  for (let i = 0; i < reads.version.length; i++) {
    const version = reads.version[i] ?? FAILED;
    const read: Read = { version, start: reads.start[i] ?? 0, end: reads.end[i] ?? 0 };
    if (version === FAILED) bench.findings.breach('failedReads', breach(bench, read, 0));
    else if (isFromFuture(bench, read)) bench.findings.breach('future', breach(bench, read, 0));
    else judgeAge(bench, read, auditing);
  }
}

/** A row of another cell was not written to this one at any time. */
function isFromFuture({ known, newest }: Bench, { version, end }: Read): boolean {
  if (version === FOREIGN || version > newest) return true;
  const write = known.write(version);
  return write !== undefined && write.start > end;
}

/** How long before the read began something newer had been acknowledged. */
function judgeAge(bench: Bench, read: Read, auditing: boolean): void {
  const { known, heard, process, findings, rules } = bench;
  const since = known.since(read.version + 1);
  if (since >= read.start) {
    findings.forgotten((read.start - heard.since(read.version + 1)) / 1_000);
    return;
  }
  const found = breach(bench, read, (read.start - since) / 1_000);
  if (auditing) findings.breach('staleRedis', found);
  else if (known.sinceOf(process, read.version + 1) < read.start) findings.breach('staleOwn', found);
  else findings.late(rules, found);
}

/** Reads that began after another one of the same process had ended, and saw less than that one. */
function judgeOrder(bench: Bench, reads: ReadColumns, losses: readonly number[]): void {
  const newestBy = prefixMaximum(reads.version);
  for (let i = 0; i < reads.version.length; i++) {
    const read: Read = {
      version: reads.version[i] ?? 0,
      start: reads.start[i] ?? 0,
      end: reads.end[i] ?? 0,
    };
    const ended = endedBefore(reads.end, read.start);
    const before = ended === 0 ? 0 : (newestBy[ended - 1] ?? 0);
    if (read.version >= 0 && read.version < before) judgeBackwards(bench, { ...read, before }, losses);
  }
}

/**
 * A plain evict comes after the write, so readers may see the new version before and the old one again; a writer that bars
 * the key tells beforehand. In the writer's own process that holds at once, in another one when the message has arrived:
 * what a slow loader brought may be newer there than what memory still has.
 */
function judgeBackwards(
  bench: Bench,
  read: Read & { readonly before: number },
  losses: readonly number[],
): void {
  const { known, process, rules, findings } = bench;
  const write = known.write(read.before);
  const bars = barred(write, losses);
  const ageMs = (read.start - known.since(read.before)) / 1_000;
  if (!bars && ageMs <= 0) return;
  const here = bars ? write.process === process : known.sinceOf(process, read.before) < read.start;
  if (!here && !rules.strict && ageMs <= MAX_STALENESS_MS) findings.flickered(rules);
  else findings.breach('backwards', { ...breach(bench, read, Math.max(0, ageMs)), newer: read.before, bars });
}

/** Whether nothing older than what was written could be stored from before the write. */
function barred(write: Write | undefined, losses: readonly number[]): write is Write {
  if (write?.orderly !== true || write.outcome !== 'confirmed') return false;
  return !losses.some((at) => at >= write.start && at <= write.end);
}

/** The newest version that has reached Redis: confirmed, or queued by a process that lived to make up for it. */
function leastAtRest(writes: readonly Write[], living: ReadonlySet<number> | undefined): number {
  const arrived = writes.filter(
    ({ outcome, process }) =>
      outcome === 'confirmed' || (outcome === 'queued' && living?.has(process) === true),
  );
  return arrived.reduce((newest, { version }) => Math.max(newest, version), 0);
}

/** At rest memory, Redis and database agree, wherever the last invalidation was confirmed. */
function judgeRest(bench: Bench, version: number | undefined, least: number): void {
  const { known, findings, newest } = bench;
  if (version === undefined) return;
  if (version >= least && version <= newest) return;
  const read = { version, start: known.since(version + 1), end: 0 };
  findings.breach('divergent', breach(bench, read, 0));
}

function breach(bench: Bench, read: Read, ageMs: number): Breach {
  const { cell, process, rules, known } = bench;
  return {
    kind: rules.kind,
    row: rules.row,
    cell,
    process,
    version: read.version,
    newer: known.newest,
    start: read.start,
    ageMs,
  };
}

function prefixMaximum(versions: readonly number[]): number[] {
  let newest = 0;
  return versions.map((version) => (newest = Math.max(newest, version)));
}

/** How many of the reads, which are in the order of their ends, had ended before a moment. */
function endedBefore(ends: readonly number[], moment: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? Infinity) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
