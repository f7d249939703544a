import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './backoff.js';

const TERMS = { firstMs: 100, lastMs: 10_000 };

test('waits twice as long each time, up to the longest', () => {
  const waits = [1, 2, 3, 7, 8, 9, 1_000_000].map((attempt) => backoffMs(attempt, TERMS, () => 1));
  expect(waits).toEqual([100, 200, 400, 6_400, 10_000, 10_000, 10_000]);
});

test('waits at least half of that, whatever chance says', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), chance, (attempt, random) => {
      const full = backoffMs(attempt, TERMS, () => 1);
      const waits = backoffMs(attempt, TERMS, () => random);
      expect(waits).toBeGreaterThanOrEqual(full / 2);
      expect(waits).toBeLessThanOrEqual(full);
    }),
  );
  expect(backoffMs(1, TERMS, () => 0)).toBe(50);
});
