import type { CacheModuleOptions } from 'nuthatch';
import type { Slowness } from './register.js';

/** How the processes of a run are kept busy. */
export interface Scenario {
  /** Kinds by name; default all. */
  readonly kinds?: readonly string[];
  /** Rows of each kind; few rows meet more often. */
  readonly rows: number;
  /** Readers and writers of each process, which run at the same time. */
  readonly readers: number;
  readonly writers: number;
  /** A reader rests up to so long after every few reads, a writer after every write. */
  readonly readPauseMs: number;
  readonly writePauseMs: number;
  readonly slowness: Slowness;
  /** What one call may wait for Redis. */
  readonly redisBudgetMs: number;
}

// A busy machine must not make a test of outcomes one of timeouts: nothing here is wrong with the server.
const PATIENT_MS = 5_000;
// What an application has. Faults are about what happens after the time is up.
const DEFAULT_BUDGET_MS = 50;

const BUSY: Scenario = {
  rows: 8,
  readers: 8,
  writers: 4,
  readPauseMs: 12,
  writePauseMs: 30,
  slowness: { usualMs: 5, slowMs: 40 },
  redisBudgetMs: PATIENT_MS,
};

/** Everything at once, with or without faults. */
export function usualScenario(faults: boolean): Scenario {
  return faults ? { ...BUSY, redisBudgetMs: DEFAULT_BUDGET_MS } : BUSY;
}

/** What each process of a run is told. */
export interface Post {
  /** `worker` or `auditor`; the auditor neither loads nor writes. */
  readonly role: 'worker' | 'auditor';
  /** The place among the workers: a replacement takes that of the process it replaces. */
  readonly place: number;
  readonly places: number;
  readonly seed: number;
  readonly redis: CacheModuleOptions['redis'];
  readonly database: string;
  readonly scenario: Scenario;
}
