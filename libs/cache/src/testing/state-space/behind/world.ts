/** A writer on its way: what it does next, and its version once it has one. */
export interface WriterState {
  step: 'begin' | 'append' | 'late' | 'issue' | 'apply' | 'overtake' | 'commit' | 'acknowledged' | 'dead';
  version: number;
  /** An append that nobody waits for any more may still be executed, up to this version. */
  deadline: number;
}

/** A reader on its way. `floor`: the newest version that was acknowledged when it began. */
export interface ReaderState {
  step: 'read' | 'lease' | 'ask' | 'load' | 'fill' | 'done';
  floor: number;
  stores: boolean;
  value: number;
}

/** A worker: what it has taken, and the fence under which it did. */
export interface WorkerState {
  step: 'claim' | 'take' | 'apply' | 'settle';
  fence: number;
  taken: number[];
}

/**
 * One key in its log, in Redis and in the database, with all who work on it. A value is the version that wrote it; 0 is what
 * was there before, and nothing where there may be nothing.
 */
export interface BehindWorld {
  /** The server's clock, in versions. */
  clock: number;
  /** The last version that the log gave out. */
  last: number;
  log: number[];
  /** The version that reads of the key are to see until it is settled; 0: none. */
  mark: number;
  /** The newest write that any worker has taken. */
  seen: number;
  fence: number;
  /** The entry in Redis; -1: none. */
  entry: number;
  /** Which reader has the lease; -1: none. */
  lease: number;
  /** Which writers are at work. */
  writing: number[];
  /** An evict or another writer came between. */
  overlap: boolean;
  database: number;
  acknowledged: number;
  writers: WriterState[];
  readers: ReaderState[];
  workers: WorkerState[];
  /** Accidents that may still happen. */
  accidents: number;
  broken: string;
}

/** Who takes part, and how much goes wrong. */
export interface BehindScenario {
  /** `late`: its append gets no answer, so that it goes to the database directly. `direct`: it goes there at once. */
  readonly writers: readonly ('queue' | 'direct' | 'late')[];
  readonly readers: number;
  readonly workers: number;
  readonly accidents: number;
}

/** The rules that may be left out, one at a time. */
export const BEHIND_MUTANTS = [
  'settleBeforeDatabase',
  'settleTakesNewerMarks',
  'settleIgnoresFence',
  'applyIgnoresVersion',
  'takesOnlyWhatIsNew',
  'readsDoNotAsk',
  'asksBeforeLease',
  'neitherBeginNorCommit',
  'lateAppendHasNoDeadline',
  'noOvertake',
  'overtakeBeforeDatabase',
  'trimsByLength',
] as const;

export type BehindMutant = (typeof BEHIND_MUTANTS)[number];

/** The world before anything happened. */
export function newWorld({ writers, readers, workers, accidents }: BehindScenario): BehindWorld {
  return {
    clock: 1,
    last: 0,
    log: [],
    mark: 0,
    seen: 0,
    fence: 0,
    entry: -1,
    lease: -1,
    writing: [],
    overlap: false,
    database: 0,
    acknowledged: 0,
    writers: writers.map(() => ({ step: 'begin', version: 0, deadline: 0 })),
    readers: Array.from({ length: readers }, () => ({ step: 'read', floor: 0, stores: false, value: 0 })),
    workers: Array.from({ length: workers }, () => ({ step: 'claim', fence: 0, taken: [] })),
    accidents,
    broken: '',
  };
}

/** What may not happen. */
export const BEHIND_BROKEN = {
  lost: 'an acknowledged write is lost',
  entry: 'the entry is older than an acknowledged write',
  mark: 'a mark stands for a write that is not in the log',
  stuck: 'a write stays in the log for ever',
  read: 'a read was answered with what is older than an acknowledged write',
  fence: 'a log was emptied by who is not its owner any more',
  back: 'the database went back to an older version',
  again: 'a write came again, under a version above that of a newer one',
} as const;
