import type { BuriedWrite, LogEntry } from '../contracts/write-log.js';

type RawEntry = readonly [place: Buffer, fields: readonly Buffer[]];

const NOTHING = Buffer.alloc(0);

/** The entries in a reply. What somebody else has written into a stream becomes one without bytes, which nobody can read. */
export function entriesIn(reply: unknown): readonly LogEntry[] {
  return (reply as readonly RawEntry[]).map(([place, fields]) => entryOf(String(place), byName(fields)));
}

/** The dead letters in a reply. */
export function buriedIn(reply: unknown): readonly BuriedWrite[] {
  return (reply as readonly RawEntry[]).map(([place, fields]) => {
    const named = byName(fields);
    const seq = String(place);
    return { ...entryOf(seq, named), reason: text(named, 'w'), at: Number(seq.split('-')[0]) };
  });
}

function entryOf(seq: string, fields: ReadonlyMap<string, Buffer>): LogEntry {
  const version = Number(text(fields, 'n'));
  return {
    seq,
    id: text(fields, 'i'),
    key: text(fields, 'k'),
    args: fields.get('a') ?? NOTHING,
    value: fields.get('v') ?? NOTHING,
    version: Number.isSafeInteger(version) ? version : 0,
    replayed: fields.has('r'),
  };
}

function byName(fields: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  const named = new Map<string, Buffer>();
  for (let i = 0; i + 1 < fields.length; i += 2) named.set(String(fields[i]), fields[i + 1] ?? NOTHING);
  return named;
}

function text(fields: ReadonlyMap<string, Buffer>, name: string): string {
  return String(fields.get(name) ?? '');
}
