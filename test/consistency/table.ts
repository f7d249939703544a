import { BREACHES } from './findings.js';
import type { RunReport } from './check.js';

/** A report for people: a line per kind, then what was found. */
export function tableOf(report: RunReport): string {
  const rows = Object.entries(report.kinds).map(([kind, figures]) => [
    kind,
    ...(Object.values(figures) as number[]),
  ]);
  const head = ['kind', ...Object.keys(Object.values(report.kinds)[0] ?? {})];
  const found = BREACHES.filter((name) => report[name] > 0).map((name) => `${name}: ${report[name]}`);
  const incidents = Object.entries(report.incidents).map(([name, count]) => `${name} (${count})`);
  return [
    ...aligned([head, ...rows]),
    '',
    `${report.reads} reads, ${report.writes} writes (${report.confirmed} confirmed), seed ${report.seed}`,
    `late reads: ${report.late}, at most ${report.maxAgeMs} ms after the acknowledgement, 99 % within ${report.p99AgeMs} ms`,
    ...(incidents.length > 0 ? [`went wrong on purpose: ${incidents.join(', ')}`] : []),
    ...report.unfit.map((why) => `not enough: ${why}`),
    ...report.examples.map((one) => JSON.stringify(one)),
    found.length > 0 ? `VIOLATIONS: ${found.join(', ')}` : 'no violation',
  ].join('\n');
}

function aligned(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => String(cell)[column === 0 ? 'padEnd' : 'padStart'](widths[column] ?? 0))
      .join('  '),
  );
}
