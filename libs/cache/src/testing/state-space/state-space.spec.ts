import { describe, expect, test } from '@jest/globals';
import type { Findings } from './explore.js';
import { explore } from './explore.js';
import { LOADER_STEPS } from './loader-moves.js';
import { BROKEN } from './promises.js';
import type { Mutant, Scenario } from './scenario.js';
import { MUTANTS } from './scenario.js';
import { SCENARIOS } from './scenarios.js';

type Name = keyof typeof SCENARIOS;
type Promised = keyof typeof BROKEN;

/** How many worlds there are at least: a change after which fewer are explored must say why. */
const WORLDS: Readonly<Record<Name, number>> = {
  'an evict, three loaders': 14_000,
  'evicts in both processes': 72_000,
  'an evict, the lease is lost': 4_600,
  'evicts of what all hold': 10_000,
  'an evict, one does not wait': 5_400,
  'a put, three loaders': 6_300,
  'a put, memory is small': 34_000,
  'a put between two processes': 6_200,
  'puts in both processes': 81_000,
  'a put and a strict evict': 120_000,
  'a strict evict of what all hold': 8_200,
  'puts and an evict': 55_000,
  'a put and an evict, two loaders': 180_000,
  'a slow put and a put': 6_900,
  'a slow put and an evict': 4_100,
  'two slow puts': 10_000,
  'slow puts and a put': 1_100,
  'a slow strict evict and a put': 6_100,
  'an invalidation, three loaders': 47_000,
  'invalidations in both processes': 160_000,
  'an invalidation, nonces are lost': 8_400,
  'an invalidation of what all hold': 7_500,
  'an evict and an invalidation': 59_000,
  'a put and an invalidation': 33_000,
  'an evict of the key that is the tag': 9_300,
  'late: an invalidation': 87_000,
  'late: three loaders': 4_300,
  'late: one does not wait': 79_000,
  'late: the lease is lost': 18_000,
  'late: other tags': 54_000,
  'late: invalidations in both processes': 100_000,
  'late: a put and an invalidation': 79_000,
  'late: an evict of the key that is the tag': 6_300,
  'alone: an evict and a put': 2_400,
  'alone: a put and a strict evict': 1_500,
  'alone: a put and an invalidation': 2_700,
  'alone: a late tag': 2_600,
};

/** For each rule a scenario that needs it, and the promise that breaks there without it. */
const NEEDED: Readonly<Record<Mutant, readonly [Name, Promised]>> = {
  noFence: ['evicts in both processes', 'redis'],
  evictIgnoresWriters: ['puts and an evict', 'redis'],
  leaseIgnoresWriters: ['a put, three loaders', 'backwards'],
  putIgnoresExpiry: ['a slow put and an evict', 'redis'],
  lateCommitSilent: ['puts in both processes', 'redis'],
  overlapStays: ['a slow put and a put', 'markerInTheEnd'],
  leaseStays: ['late: an invalidation', 'leaseInTheEnd'],
  noGenerationGuard: ['an evict, three loaders', 'memoryInTheEnd'],
  forgetsOnlyBefore: ['an evict, three loaders', 'memory'],
  joinAfterEvict: ['an evict, three loaders', 'answer'],
  refusedFlightWelcomes: ['late: three loaders', 'answer'],
  waitedFlightWelcomes: ['late: one does not wait', 'answer'],
  refusedFlightKeeps: ['an evict, three loaders', 'stuck'],
  noNonceGuard: ['an invalidation, three loaders', 'answer'],
  tagsReadAfterLoad: ['invalidations in both processes', 'redis'],
  absentTagValid: ['an invalidation, nonces are lost', 'redis'],
  resultTagsWithoutClock: ['late: an invalidation', 'redis'],
  lostClockKeepsEpoch: ['late: an invalidation', 'redis'],
  creationDoesNotTick: ['late: an evict of the key that is the tag', 'redis'],
  keyTagTrustsClock: ['late: an evict of the key that is the tag', 'redis'],
  resultTagsWithoutMoment: ['alone: a late tag', 'memory'],
  putIgnoresMarks: ['alone: a put and an invalidation', 'memory'],
};

const names = Object.keys(SCENARIOS) as Name[];
const explored = new Map<Name, Findings>();

function findingsOf(name: Name): Findings {
  const known = explored.get(name) ?? explore(SCENARIOS[name]);
  explored.set(name, known);
  return known;
}

function allMoves(): string[] {
  return names.flatMap((name) => [...findingsOf(name).moves]);
}

describe('in whatever order things happen, every promise holds:', () => {
  test.each(names)('%s', (name) => {
    const { story, worlds, moves } = findingsOf(name);
    expect(story).toEqual([]);
    expect(worlds).toBeGreaterThanOrEqual(WORLDS[name]);
    const { writers }: Scenario = SCENARIOS[name];
    for (const [i, { kind }] of writers.entries()) {
      const ends = ['is acknowledged', 'commits in memory'].map((end) => `${kind} ${i + 1} ${end}`);
      expect(ends.some((end) => moves.has(end))).toBe(true);
    }
  });
});

describe('the scenarios together', () => {
  test.each([...LOADER_STEPS])('have a loader that %s', (step) => {
    expect(allMoves().some((move) => /^loader \d /.test(move) && move.endsWith(step))).toBe(true);
  });

  test.each([
    'the lease is lost',
    'the nonce is lost',
    'the clock is lost',
    'another tag is invalidated',
    'memory has no room for it',
    'the marker of writer 1 expires',
    'a message about the key reaches process 1',
    'a message about the tag reaches process 1',
  ])('have moments at which %s', (move) => {
    expect(allMoves()).toContain(move);
  });
});

describe('each rule is needed:', () => {
  test.each(MUTANTS)('%s breaks a promise', (mutant) => {
    const [name, promised] = NEEDED[mutant];
    const { story } = explore(SCENARIOS[name], mutant);
    expect(story.at(-1)).toBe(BROKEN[promised]);
    expect(findingsOf(name).story).toEqual([]);
  });

  test('every promise can be broken, so that none is kept by not being looked at', () => {
    const broken = new Set(Object.values(NEEDED).map(([, promised]) => promised));
    expect([...broken].sort()).toEqual(Object.keys(BROKEN).sort());
  });
});
