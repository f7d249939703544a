/* eslint-disable @typescript-eslint/require-await -- the port of a server: what throws must reject */
import type { Clock } from '../contracts/clock.js';
import type {
  Appended,
  AppendTerms,
  BuriedWrite,
  Grip,
  LogEntry,
  LogFigures,
  LoggedWrite,
  LogPlace,
  ServerDurability,
  UnsettledValue,
  WriteLog,
} from '../contracts/write-log.js';

/** What is kept of one log. */
interface Log {
  readonly entries: Map<string, LogEntry>;
  /** The newest unsettled entry of each key. */
  readonly marks: Map<string, string>;
  readonly dead: Map<number, BuriedWrite>;
  /** The place of the last dead letter. */
  lastDead: number;
  last: number;
  fence: number;
  owner: { readonly name: string; readonly until: number } | undefined;
}

/** Until when a worker counts as there, in monotonic milliseconds. */
type Attendance = Map<string, number>;

const MICROS = 1_000;

/** Logs in the memory of this process: they are lost with it, which is what `durability: 'none'` asks for. */
export class LocalWriteLog implements WriteLog {
  readonly #logs = new Map<string, Log>();
  readonly #partitions = new Map<string, number>();
  readonly #workers = new Map<string, Attendance>();

  constructor(private readonly clock: Clock) {}

  reachable(_place: LogPlace): boolean {
    return true;
  }

  serverMicros(_place: LogPlace): number {
    return Math.floor(this.clock.wall() * MICROS);
  }

  async partitions(region: string, wanted: number): Promise<number> {
    const known = this.#partitions.get(region) ?? wanted;
    this.#partitions.set(region, known);
    return known;
  }

  async append(place: LogPlace, write: LoggedWrite, terms: AppendTerms): Promise<Appended> {
    const log = this.#log(place);
    if (log.entries.size >= terms.maxDepth) return { kind: 'full', depth: log.entries.size };
    const version = this.#next(place, log, terms.floor);
    if (version > terms.deadline) return { kind: 'late' };
    log.last = version;
    const { marks, ...rest } = write;
    const seq = `${version}-0`;
    log.entries.set(seq, { ...rest, seq, version, replayed: false });
    if (marks) log.marks.set(write.key, seq);
    return { kind: 'appended', version };
  }

  async secured(_place: LogPlace, _level: 'replicated' | 'fsync', _timeoutMs: number): Promise<boolean> {
    return false;
  }

  async issue(place: LogPlace, floor: number): Promise<number> {
    const log = this.#log(place);
    log.last = this.#next(place, log, floor);
    return log.last;
  }

  async unsettled(place: LogPlace, key: string): Promise<UnsettledValue | undefined> {
    const { marks, entries } = this.#log(place);
    const entry = entries.get(marks.get(key) ?? '');
    return entry && { version: entry.version, value: entry.value };
  }

  async overtake(place: LogPlace, key: string, version: number): Promise<void> {
    const { marks, entries } = this.#log(place);
    const entry = entries.get(marks.get(key) ?? '');
    if (entry !== undefined && entry.version < version) marks.delete(key);
  }

  async attend(region: string, worker: string, ms: number): Promise<readonly string[]> {
    const workers = this.#workers.get(region) ?? new Map<string, number>();
    this.#workers.set(region, workers);
    const now = this.clock.now();
    workers.set(worker, now + ms);
    for (const [name, until] of workers) if (until <= now) workers.delete(name);
    return [...workers.keys()].sort();
  }

  async leave(region: string, worker: string): Promise<void> {
    this.#workers.get(region)?.delete(worker);
  }

  async claim(place: LogPlace, owner: string, ms: number): Promise<Grip | undefined> {
    const log = this.#log(place);
    const held = this.#owner(log);
    if (held !== undefined && held !== owner) return undefined;
    if (held === undefined) log.fence++;
    log.owner = { name: owner, until: this.clock.now() + ms };
    return { owner, fence: log.fence };
  }

  async renew(place: LogPlace, grip: Grip, ms: number): Promise<boolean> {
    const log = this.#log(place);
    if (!this.#holds(log, grip)) return false;
    log.owner = { name: grip.owner, until: this.clock.now() + ms };
    return true;
  }

  async release(place: LogPlace, grip: Grip): Promise<void> {
    const log = this.#log(place);
    if (this.#holds(log, grip)) log.owner = undefined;
  }

  async take(place: LogPlace, grip: Grip, count: number): Promise<readonly LogEntry[] | undefined> {
    const log = this.#log(place);
    return this.#holds(log, grip) ? [...log.entries.values()].slice(0, count) : undefined;
  }

  async settle(place: LogPlace, grip: Grip, entries: readonly LogEntry[]): Promise<boolean> {
    const log = this.#log(place);
    if (!this.#holds(log, grip)) return false;
    for (const entry of entries) remove(log, entry);
    return true;
  }

  async bury(place: LogPlace, grip: Grip, entry: LogEntry, reason: string): Promise<boolean> {
    const log = this.#log(place);
    if (!this.#holds(log, grip)) return false;
    if (!log.entries.has(entry.seq)) return true;
    remove(log, entry);
    const seq = String(++log.lastDead);
    log.dead.set(log.lastDead, { ...entry, seq, reason, at: this.clock.wall() });
    return true;
  }

  async deadLetters(
    place: LogPlace,
    after: string | undefined,
    limit: number,
  ): Promise<readonly BuriedWrite[]> {
    const { dead } = this.#log(place);
    const from = Number(after ?? 0);
    return [...dead.values()].filter(({ seq }) => Number(seq) > from).slice(0, limit);
  }

  async replay(place: LogPlace, seqs: readonly string[]): Promise<number> {
    const log = this.#log(place);
    let found = 0;
    for (const seq of seqs) {
      const letter = log.dead.get(Number(seq));
      if (letter === undefined) continue;
      found++;
      log.dead.delete(Number(seq));
      const { id, key, args, value, version } = letter;
      log.last = this.#next(place, log, 0);
      const end = `${log.last}-0`;
      log.entries.set(end, { id, key, args, value, version, seq: end, replayed: true });
    }
    return found;
  }

  async drop(place: LogPlace, seqs: readonly string[]): Promise<number> {
    const { dead } = this.#log(place);
    return seqs.filter((seq) => dead.delete(Number(seq))).length;
  }

  async figures(place: LogPlace): Promise<LogFigures> {
    const { entries, dead } = this.#log(place);
    const [oldest] = entries.values();
    const since = oldest && Number(oldest.seq.split('-')[0]);
    return { depth: entries.size, oldest: since, deadLetters: dead.size };
  }

  async durability(_place: LogPlace): Promise<ServerDurability> {
    return { evictionPolicy: undefined, fsyncsAlways: undefined };
  }

  #next(place: LogPlace, { last }: Log, floor: number): number {
    return Math.max(last + 1, this.serverMicros(place), floor + 1);
  }

  #log({ region, partition }: LogPlace): Log {
    const name = `${region}:${partition}`;
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const log: Log = {
      entries: new Map(),
      marks: new Map(),
      dead: new Map(),
      lastDead: 0,
      last: 0,
      fence: 0,
      owner: undefined,
    };
    this.#logs.set(name, log);
    return log;
  }

  #owner({ owner }: Log): string | undefined {
    return owner !== undefined && owner.until > this.clock.now() ? owner.name : undefined;
  }

  #holds(log: Log, { owner, fence }: Grip): boolean {
    return this.#owner(log) === owner && log.fence === fence;
  }
}

function remove({ entries, marks }: Log, { seq, key }: LogEntry): void {
  entries.delete(seq);
  if (marks.get(key) === seq) marks.delete(key);
}
