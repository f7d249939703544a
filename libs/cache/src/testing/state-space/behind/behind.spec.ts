import { describe, expect, test } from '@jest/globals';
import { exploreBehind } from './explore.js';
import type { BehindMutant, BehindScenario } from './world.js';
import { BEHIND_BROKEN, BEHIND_MUTANTS } from './world.js';

const SCENARIOS = {
  'two writes, a reader': { writers: ['queue', 'queue'], readers: 1, workers: 1, accidents: 2 },
  'two writes, a zombie': { writers: ['queue', 'queue'], readers: 1, workers: 2, accidents: 1 },
  'a write and a direct one': { writers: ['queue', 'direct'], readers: 1, workers: 1, accidents: 1 },
  'a late append and a write': { writers: ['late', 'queue'], readers: 1, workers: 1, accidents: 1 },
  'a late append and a direct write': { writers: ['late', 'direct'], readers: 1, workers: 1, accidents: 1 },
} as const satisfies Record<string, BehindScenario>;

type Name = keyof typeof SCENARIOS;

/** How many worlds there are at least: a change after which fewer are explored must say why. */
const WORLDS: Readonly<Record<Name, number>> = {
  'two writes, a reader': 60_000,
  'two writes, a zombie': 85_000,
  'a write and a direct one': 17_000,
  'a late append and a write': 25_000,
  'a late append and a direct write': 15_000,
};

/** For each rule a scenario that needs it, and the promise that breaks there without it. */
const NEEDED: Readonly<Record<BehindMutant, readonly [Name, keyof typeof BEHIND_BROKEN]>> = {
  settleBeforeDatabase: ['two writes, a reader', 'lost'],
  settleTakesNewerMarks: ['two writes, a reader', 'entry'],
  settleIgnoresFence: ['two writes, a zombie', 'fence'],
  applyIgnoresVersion: ['two writes, a zombie', 'back'],
  takesOnlyWhatIsNew: ['two writes, a reader', 'stuck'],
  readsDoNotAsk: ['two writes, a reader', 'read'],
  asksBeforeLease: ['two writes, a reader', 'entry'],
  neitherBeginNorCommit: ['two writes, a reader', 'entry'],
  lateAppendHasNoDeadline: ['a late append and a direct write', 'again'],
  noOvertake: ['a write and a direct one', 'read'],
  overtakeBeforeDatabase: ['a write and a direct one', 'read'],
  trimsByLength: ['two writes, a reader', 'mark'],
};

describe('write-behind, in every order of steps', () => {
  test.each(Object.keys(SCENARIOS) as Name[])('keeps its promises: %s', (name) => {
    const { worlds, story } = exploreBehind(SCENARIOS[name]);
    expect(story).toEqual([]);
    expect(worlds).toBeGreaterThan(WORLDS[name]);
  });

  test.each(BEHIND_MUTANTS)('needs each of its rules: %s', (mutant) => {
    const [name, broken] = NEEDED[mutant];
    expect(exploreBehind(SCENARIOS[name], mutant).story.at(-1)).toBe(BEHIND_BROKEN[broken]);
  });
});
