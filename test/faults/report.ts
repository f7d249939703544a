import type { Outcome } from './outcome.js';

const COLUMNS = ['requests', 'failed', 'p50Ms', 'p99Ms', 'recoveredMs', 'late'] as const;
const NAME_WIDTH = 24;
const WIDTH = 12;

/** The head of the table for people. */
export function headOfTable(): string {
  return `${'scenario'.padEnd(NAME_WIDTH)}${COLUMNS.map((name) => name.padStart(WIDTH)).join('')}`;
}

/** A line of it, and below the promises that were not kept. */
export function lineOf(outcome: Outcome): string {
  const cells = COLUMNS.map((name) => String(outcome[name] ?? '-').padStart(WIDTH));
  const line = `${outcome.scenario.padEnd(NAME_WIDTH)}${cells.join('')}  ${outcome.ok ? 'ok' : 'NOT OK'}`;
  return [line, ...outcome.why.map((why) => `    ${why}`)].join('\n');
}
