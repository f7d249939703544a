import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RunningApplication } from './application.js';
import { now } from './clock.js';
import { atCell, cellOf, KINDS } from './kinds.js';
import type { Kind } from './kind.js';
import { FAILED, FlatLog, READ_FIELDS } from './log.js';
import type { Slice } from './log.js';
import { ACKNOWLEDGED } from './register.js';
import type { Post } from './scenario.js';
import { seen } from './traffic.js';

/** When a cell is looked at after a write of it was acknowledged: what a slow loader stores comes later. */
const LOOKS_MS = [0, 3, 12, 45];
const SWEEP_EVERY_MS = 25;

/** Looks at what Redis holds, without loading anything: at cells that were written just now, and at all in turn. */
export class Audit {
  readonly #reads = new FlatLog(READ_FIELDS);
  readonly #cells: readonly number[];
  readonly #messages: Redis;
  readonly #looks = new Set<Promise<void>>();
  #looking = true;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly app: RunningApplication,
    { database, scenario }: Post,
  ) {
    const kinds = KINDS.filter((kind) => (scenario.kinds?.includes(kind.name) ?? true) && isAuditable(kind));
    const rows = Array.from({ length: scenario.rows }, (_, row) => row);
    this.#cells = kinds.flatMap((kind) => rows.map((row) => cellOf(KINDS.indexOf(kind), row)));
    this.#messages = new Redis(database);
  }

  async begin(): Promise<void> {
    this.#messages.on('message', (_channel: string, cell: string) => this.#written(Number(cell)));
    await this.#messages.subscribe(ACKNOWLEDGED);
    this.#sweeping = this.#sweep();
  }

  drain(): Slice {
    return { reads: this.#reads.drain(), writes: new Float64Array() };
  }

  async end(): Promise<void> {
    this.#looking = false;
    this.#messages.disconnect();
    await this.#sweeping;
    await Promise.all(this.#looks);
  }

  #written(cell: number): void {
    if (!this.#looking || !this.#cells.includes(cell)) return;
    for (const ms of LOOKS_MS) {
      const look: Promise<void> = (ms === 0 ? Promise.resolve() : sleep(ms))
        .then(() => this.#look(cell))
        .finally(() => this.#looks.delete(look));
      this.#looks.add(look);
    }
  }

  async #sweep(): Promise<void> {
    while (this.#looking) {
      await Promise.all(this.#cells.map((cell) => this.#look(cell)));
      await sleep(SWEEP_EVERY_MS);
    }
  }

  async #look(cell: number): Promise<void> {
    const { kind, row } = atCell(cell);
    if (kind.peek === undefined) return;
    const start = now();
    const version = await seen(kind.peek(this.app, row), kind, row);
    // nothing there is no failure
    if (version !== FAILED) this.#reads.append([cell, version, start, now()]);
  }
}

function isAuditable(kind: Kind): boolean {
  return kind.peek !== undefined;
}
