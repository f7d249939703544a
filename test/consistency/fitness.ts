import type { Report } from './findings.js';
import { KINDS } from './kinds.js';
import type { Scenario } from './scenario.js';

const READS_PER_SECOND = 10;
const WRITES_PER_SECOND = 0.2;
const AUDITS_PER_SECOND = 20;

/** Why a run proves nothing: a checker that checked too little must not pass. */
export function unfit(report: Report, { kinds }: Scenario, seconds: number): string[] {
  const expected = KINDS.filter(({ name }) => kinds?.includes(name) ?? true);
  const faults = expected.flatMap(({ name }) => {
    const { reads = 0, confirmed = 0 } = report.kinds[name] ?? {};
    return [
      ...tooFew(`${name}: reads`, reads, READS_PER_SECOND * seconds),
      ...tooFew(`${name}: confirmed writes`, confirmed, WRITES_PER_SECOND * seconds),
    ];
  });
  if (expected.every((kind) => kind.peek === undefined)) return faults;
  return [...faults, ...tooFew('looks into Redis', report.audits, AUDITS_PER_SECOND * seconds)];
}

function tooFew(what: string, count: number, least: number): string[] {
  return count < least ? [`${what}: ${count} of at least ${Math.ceil(least)}`] : [];
}
