import type { CacheService, InvalidationOutcome } from 'nuthatch';
import type { Register, Row } from './register.js';
import type { Rows } from './rows.js';

/** The parts of the application that a kind works with. */
export interface Application {
  readonly rows: Rows;
  readonly cache: CacheService;
  readonly register: Register;
  /** A request over a kept-alive connection. */
  http(method: 'GET' | 'PUT', path: string): Promise<Row>;
}

/** What a write came to. A decorated method keeps the outcome to itself; then `Outcomes` finds it out. */
export interface Written {
  readonly version: number;
  readonly outcome?: InvalidationOutcome;
}

/** One way to write a row. */
export interface Way {
  readonly weight: number;
  /** Loads are barred from storing while the row is written. */
  readonly orderly?: true;
  write(app: Application, row: number): Promise<Written>;
}

/** One way to use the cache: how rows are read, and the ways they are written. */
export interface Kind {
  readonly name: string;
  /** How much of the reads, and of the writes. */
  readonly weight: number;
  /** Never stale, not even for the length of a message. */
  readonly strict?: true;
  /** Its writers must not race: a row is written by one process only, one write after the other. */
  readonly alone?: true;
  read(app: Application, row: number): Promise<Row>;
  /** What there is without loading; without it, the auditor and the last look read. */
  peek?(app: Application, row: number): Promise<Row | undefined>;
  readonly ways: readonly Way[];
}
