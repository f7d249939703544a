import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock.js';
import type { RunningApplication } from './application.js';
import { cellOf, KINDS } from './kinds.js';
import type { Kind, Way } from './kind.js';
import { FAILED, FlatLog, FOREIGN, OUTCOMES, READ_FIELDS, WRITE_FIELDS } from './log.js';
import type { Outcome, Slice } from './log.js';
import type { Outcomes } from './outcomes.js';
import type { Random } from './random.js';
import type { Row } from './register.js';
import type { Post } from './scenario.js';

const BURST = 12;

/** What traffic works with. */
export interface TrafficParts {
  readonly app: RunningApplication;
  readonly outcomes: Outcomes;
  readonly random: Random;
  readonly post: Post;
}

/** Readers and writers of one process, and the log of what they did. */
export class Traffic {
  readonly #reads = new FlatLog(READ_FIELDS);
  readonly #writes = new FlatLog(WRITE_FIELDS);
  readonly #kinds: readonly Kind[];
  readonly #ownRows: readonly number[];
  /** Cells whose writers must not race and that are being written. */
  readonly #written = new Set<number>();
  #readers: Promise<void>[] = [];
  #writers: Promise<void>[] = [];
  #reading = true;
  #writing = true;

  constructor(private readonly parts: TrafficParts) {
    const { scenario, place, places } = parts.post;
    this.#kinds = KINDS.filter(({ name }) => scenario.kinds?.includes(name) ?? true);
    const rows = Array.from({ length: scenario.rows }, (_, row) => row);
    this.#ownRows = rows.filter((row) => row % places === place);
  }

  begin(): void {
    const { readers, writers } = this.parts.post.scenario;
    this.#readers = Array.from({ length: readers }, () => this.#read());
    this.#writers = Array.from({ length: writers }, () => this.#write());
  }

  drain(): Slice {
    return { reads: this.#reads.drain(), writes: this.#writes.drain() };
  }

  /** Resolves when every write has ended. */
  async endWrites(): Promise<void> {
    this.#writing = false;
    await Promise.all(this.#writers);
  }

  /** Resolves when every read has been answered. */
  async endReads(): Promise<void> {
    this.#reading = false;
    await Promise.all(this.#readers);
  }

  async #read(): Promise<void> {
    const { random, post } = this.parts;
    while (this.#reading) {
      for (let i = 0; i < BURST; i++) {
        const kind = random.pick(this.#kinds);
        await this.#readOnce(kind, this.#row());
      }
      if (random.chance(0.2)) await nextTurn();
      else await sleep(random.between(0, post.scenario.readPauseMs));
    }
  }

  async #readOnce(kind: Kind, row: number): Promise<void> {
    const start = now();
    const version = await seen(kind.read(this.parts.app, row), kind, row);
    this.#reads.append([this.#cell(kind, row), version, start, now()]);
  }

  async #write(): Promise<void> {
    const { random, post } = this.parts;
    while (this.#writing) {
      const kind = random.pick(this.#kinds);
      const row = kind.alone ? this.#ownRows[random.below(this.#ownRows.length)] : this.#row();
      if (row !== undefined) {
        await this.#writeOnce(kind, row);
        // the process that was told first must be the first that knows
        await this.#readOnce(kind, row);
      }
      await sleep(random.between(0, post.scenario.writePauseMs));
    }
  }

  async #writeOnce(kind: Kind, row: number): Promise<void> {
    const { app, outcomes, random } = this.parts;
    const cell = this.#cell(kind, row);
    if (kind.alone && this.#written.has(cell)) return;
    this.#written.add(cell);
    const way = random.pick(kind.ways);
    const before = outcomes.weather;
    const start = now();
    const { version, outcome } = await way.write(app, row);
    const end = now();
    this.#written.delete(cell);
    const tell = (what: Outcome) => this.#logWrite(way, [cell, version, start, end], what);
    if (outcome === undefined) outcomes.expect({ before, start, end, tell });
    else tell(outcome);
    app.register.announce(cell);
  }

  #logWrite(way: Way, entry: readonly number[], outcome: Outcome): void {
    this.#writes.append([...entry, OUTCOMES.indexOf(outcome), way.orderly ? 1 : 0]);
  }

  /** The first rows are asked for more often than the last. */
  #row(): number {
    const { random, post } = this.parts;
    return Math.floor(post.scenario.rows * random.next() ** 2);
  }

  #cell(kind: Kind, row: number): number {
    return cellOf(KINDS.indexOf(kind), row);
  }
}

/** The version a read saw, or why it saw none. */
export async function seen(reading: Promise<Row | undefined>, kind: Kind, row: number): Promise<number> {
  try {
    const found = await reading;
    if (found === undefined) return FAILED;
    return found.kind === kind.name && found.row === row ? found.version : FOREIGN;
  } catch {
    return FAILED;
  }
}
