import { expect, test } from '@jest/globals';
import { Findings } from './findings.js';
import type { Report } from './findings.js';
import { unfit } from './fitness.js';
import { usualScenario } from './scenario.js';

const SCENARIO = { ...usualScenario(false), kinds: ['key'] };

function report(reads: number, confirmed: number, audits: number): Report {
  const key = { reads, writes: confirmed, confirmed, late: 0, flickers: 0, breaches: 0 };
  return { ...new Findings().report(), audits, kinds: { key } };
}

test('a run that looked hard enough is fit', () => {
  expect(unfit(report(10_000, 100, 10_000), SCENARIO, 10)).toEqual([]);
});

test('a run that read, wrote or looked into Redis too little proves nothing', () => {
  expect(unfit(report(10, 100, 10_000), SCENARIO, 10)).toEqual([expect.stringContaining('key: reads')]);
  expect(unfit(report(10_000, 1, 10_000), SCENARIO, 10)).toEqual([
    expect.stringContaining('key: confirmed writes'),
  ]);
  expect(unfit(report(10_000, 100, 10), SCENARIO, 10)).toEqual([expect.stringContaining('looks into Redis')]);
});

test('a run in which a kind never came up proves nothing', () => {
  const faults = unfit(report(10_000, 100, 10_000), { ...SCENARIO, kinds: ['key', 'put'] }, 10);
  expect(faults).toEqual([expect.stringContaining('put: reads'), expect.stringContaining('put: confirmed')]);
});
