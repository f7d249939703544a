import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Random } from './random.js';

/** A row as loaders give it: enough to tell which write it shows, and whether it is the row that was asked for. */
export interface Row {
  readonly kind: string;
  readonly row: number;
  readonly version: number;
}

/** How slow the database is, in milliseconds. */
export interface Slowness {
  /** Most reads and writes take up to this long. */
  readonly usualMs: number;
  /** One in ten takes up to this long. */
  readonly slowMs: number;
}

/** Where the auditor hears of acknowledged writes. */
export const ACKNOWLEDGED = 'acknowledged';

/**
 * The database: a register of numbered writes. A server outside all processes keeps it, and an increment is its only
 * write, so the versions of a row are the order of its writes and a read shows exactly one of them.
 */
export class Register {
  readonly #redis: Redis;

  constructor(
    url: string,
    private readonly random: Random,
    private readonly slowness: Slowness,
  ) {
    this.#redis = new Redis(url, { enableAutoPipelining: true });
  }

  /** The row as it is at some moment of the call; the answer may be under way for a while after it was read. */
  async load(kind: string, row: number): Promise<Row> {
    if (this.random.chance(0.5)) await this.#pause();
    const version = Number((await this.#redis.get(field(kind, row))) ?? 0);
    await this.#pause();
    return { kind, row, version };
  }

  /** Several rows in one go, each as it is at some moment of the call. */
  loadMany(kind: string, rows: readonly number[]): Promise<Row[]> {
    return Promise.all(rows.map((row) => this.load(kind, row)));
  }

  /** Writes the row anew; the version says the how manieth write this was. */
  async write(kind: string, row: number): Promise<Row> {
    if (this.random.chance(0.3)) await this.#pause();
    const version = await this.#redis.incr(field(kind, row));
    if (this.random.chance(0.5)) await this.#pause();
    return { kind, row, version };
  }

  /** The version of a row, at once. */
  async version(kind: string, row: number): Promise<number> {
    return Number((await this.#redis.get(field(kind, row))) ?? 0);
  }

  /** Tells the auditor that a write of a cell was acknowledged just now. */
  announce(cell: number): void {
    this.#redis.publish(ACKNOWLEDGED, String(cell)).catch(() => undefined);
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #pause(): Promise<void> {
    const { usualMs, slowMs } = this.slowness;
    await sleep(this.random.next() * (this.random.chance(0.1) ? slowMs : usualMs));
  }
}

function field(kind: string, row: number): string {
  return `${kind}:${row}`;
}
