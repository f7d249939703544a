/** What became of a replay. */
export interface Outcome {
  readonly scenario: string;
  readonly database: string;
  readonly questions: number;
  readonly votes: number;
  readonly looks: number;
  readonly reads: number;
  readonly votesPerSecond: number;
  readonly readsPerSecond: number;
  /** The share of what was asked of the cache that no loader had to run for; instances that were killed told nobody. */
  readonly hitRate: number;
  /** The same by region. */
  readonly hitRates: Readonly<Record<string, number>>;
  readonly killed: number;
  readonly unanswered: number;
  readonly wrong: number;
  readonly examples: readonly string[];
  /** Why the run proves nothing, whatever it found. */
  readonly unfit: readonly string[];
}

const COLUMNS = [
  ...(['database', 'questions', 'votes', 'looks', 'reads', 'votesPerSecond', 'readsPerSecond'] as const),
  ...(['hitRate', 'killed', 'unanswered', 'wrong'] as const),
];
const NAME_WIDTH = 14;
const WIDTH = 16;

export function isClean({ wrong, unfit }: Outcome): boolean {
  return wrong === 0 && unfit.length === 0;
}

/** The head of the table for people. */
export function headOfTable(): string {
  return `${'scenario'.padEnd(NAME_WIDTH)}${COLUMNS.map((name) => name.padStart(WIDTH)).join('')}`;
}

/** A line of it, and below what was wrong. */
export function lineOf(outcome: Outcome): string {
  const cells = COLUMNS.map((name) => String(outcome[name]).padStart(WIDTH));
  const line = `${outcome.scenario.padEnd(NAME_WIDTH)}${cells.join('')}  ${isClean(outcome) ? 'ok' : 'NOT OK'}`;
  return [line, ...outcome.examples, ...outcome.unfit].join('\n    ');
}
