import { expect, test } from '@jest/globals';
import { faultsOf } from './findings.js';
import type { Findings } from './findings.js';

const happened = {
  kills: 20,
  killsInHand: 1,
  zombies: 1,
  databaseOutages: 1,
  redisCrashes: 1,
  terminations: 1,
  reports: 1,
};
const GOOD: Findings = {
  acked: 60_000,
  applied: 30_000,
  lost: 0,
  regressions: 0,
  duplicatesApplied: 7,
  deadLetters: 10,
  poison: 12,
  lonePoison: 6,
  wrongDeadLetters: 0,
  wrongFinals: 0,
  coalescedShare: 0.5,
  p50AckMs: 10,
  p99AckMs: 100,
  staleReads: 0,
  reads: { judged: 9_000, stale: 0, unknown: 3, examples: [], loads: 400, void: 20 },
  seed: 1,
  seconds: 60,
  database: 'server',
  offeredPerSecond: 1_500,
  ackedPerSecond: 1_000,
  through: 100,
  refused: {},
  maxDepth: 5_000,
  left: 0,
  happened,
  timeline: [],
};
const faults = (findings: Partial<Findings>) =>
  faultsOf({ ...GOOD, ...findings }, { kills: 20, ackedPerSecond: 1_000 });

test('a run is good in which everything went wrong and nothing was lost', () => {
  expect(faults({})).toEqual([]);
});

test.each(['lost', 'regressions', 'wrongFinals', 'wrongDeadLetters', 'staleReads', 'left'] as const)(
  'one broken promise is a fault: %s',
  (broken) => {
    expect(faults({ [broken]: 1 })).toHaveLength(1);
  },
);

test.each(Object.keys(happened).filter((one) => one !== 'terminations'))(
  'a run in which too little of it happened shows nothing: %s',
  (lacking) => {
    expect(faults({ happened: { ...happened, [lacking]: 0 } })).toHaveLength(1);
  },
);

test.each([
  { ackedPerSecond: 999 },
  { through: 0 },
  { maxDepth: 0 },
  { lonePoison: 0 },
  { reads: { ...GOOD.reads, judged: 0 } },
])('a run that has not looked shows nothing: %j', (lacking) => {
  expect(faults(lacking)).toHaveLength(1);
});
