import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shareOf } from './shares.js';

const workers = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 9 });
const partitions = fc.integer({ min: 1, max: 64 });

test('every log falls to exactly one worker, and no worker gets two more than another', () => {
  fc.assert(
    fc.property(workers, partitions, (names, count) => {
      const shares = names.map((name) => shareOf(name, names, count));
      expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, log) => log));
      const sizes = shares.map(({ length }) => length);
      expect(Math.max(...sizes)).toBe(Math.ceil(count / names.length));
      expect(Math.min(...sizes)).toBe(Math.floor(count / names.length));
    }),
  );
});

test('who is not among the workers gets nothing', () => {
  expect(shareOf('gone', ['one', 'other'], 8)).toEqual([]);
});
