import type { BehindHandler, BehindWrite } from '../contracts/behind-handler.js';
import type { LogEntry } from '../contracts/write-log.js';

/** A write of a batch, with the earlier ones of its key that it stands for, the latest first. */
export interface BatchedWrite {
  readonly entry: LogEntry;
  readonly write: BehindWrite;
  readonly earlier: readonly ReadWrite[];
}

/** An entry whose bytes could be read. */
export interface ReadWrite {
  readonly entry: LogEntry;
  readonly write: BehindWrite;
}

/** What becomes of the entries that were taken from a log. */
export interface Batch {
  /** In the order in which they are handed over. */
  readonly writes: readonly BatchedWrite[];
  /** Entries whose bytes nobody can read. */
  readonly unreadable: readonly LogEntry[];
}

/** Makes a batch of entries; where the handler wants that, of several writes of a key only the last is left. */
export function batchOf(entries: readonly LogEntry[], { region, terms }: BehindHandler): Batch {
  const unreadable: LogEntry[] = [];
  const read: ReadWrite[] = [];
  for (const entry of entries) {
    const decoded = region.decode(entry.args, entry.value);
    if (decoded === undefined) unreadable.push(entry);
    else read.push({ entry, write: { ...decoded, version: entry.version, id: entry.id } });
  }
  const writes = terms.coalesce ? lastOfEachKey(read) : read.map((one) => ({ ...one, earlier: [] }));
  return { writes, unreadable };
}

function lastOfEachKey(read: readonly ReadWrite[]): readonly BatchedWrite[] {
  const byKey = new Map<string, ReadWrite[]>();
  for (const one of read) {
    const earlier = byKey.get(one.entry.key);
    if (earlier === undefined) byKey.set(one.entry.key, [one]);
    else earlier.push(one);
  }
  const writes: BatchedWrite[] = [];
  for (const all of byKey.values()) {
    // what was replayed has an older version than what was written since
    const [last, ...earlier] = [...all].sort((a, b) => b.entry.version - a.entry.version);
    if (last !== undefined) writes.push({ ...last, earlier });
  }
  return writes;
}
