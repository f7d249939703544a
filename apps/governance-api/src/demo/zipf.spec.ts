import { describe, expect, it } from '@jest/globals';
import { seededRandom, shuffled } from './random.js';
import { Zipf } from './zipf.js';

const letters = Array.from('abcdefghij');

function countDraws(zipf: Zipf<string>, draws: number): number[] {
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw += 1) {
    const item = zipf.draw();
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}

describe('Zipf', () => {
  it('draws the n-th favourite in proportion to 1 / n', () => {
    const draws = 200_000;
    const harmonic = letters.reduce((sum, _letter, index) => sum + 1 / (index + 1), 0);
    const counts = countDraws(new Zipf(letters, seededRandom(7)), draws);
    expect(counts).toHaveLength(letters.length);
    counts.forEach((count, index) => {
      const expected = draws / harmonic / (index + 1);
      expect(Math.abs(count - expected) / expected).toBeLessThan(0.05);
    });
  });

  it('draws evenly with the exponent 0', () => {
    const counts = countDraws(new Zipf(letters, seededRandom(7), 0), 100_000);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('draws the first favourite for 0 and the last for the largest number below 1', () => {
    expect(new Zipf(['only'], () => 0).draw()).toBe('only');
    const ends = (drawn: number) => new Zipf(letters, () => drawn).draw();
    expect(letters).toContain(ends(0));
    expect(letters).toContain(ends(1 - Number.EPSILON / 2));
    expect(ends(0)).not.toBe(ends(1 - Number.EPSILON / 2));
  });

  it('draws the same for the same seed, and otherwise for another', () => {
    const draw = (seed: number): string => {
      const zipf = new Zipf(letters, seededRandom(seed));
      return Array.from({ length: 50 }, () => zipf.draw()).join('');
    };
    expect(draw(1)).toBe(draw(1));
    expect(draw(1)).not.toBe(draw(2));
  });

  it('refuses nothing to draw from, and a negative exponent', () => {
    expect(() => new Zipf([], seededRandom(1))).toThrow('nothing to draw from');
    expect(() => new Zipf(letters, seededRandom(1), -1)).toThrow('The exponent is -1');
  });
});

describe('seededRandom', () => {
  it('stays within 0 and 1, and has no preference', () => {
    const random = seededRandom(0);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw += 1) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('shuffled', () => {
  it('keeps every item and leaves the original alone', () => {
    const mixed = shuffled(letters, seededRandom(3));
    expect(mixed).not.toEqual(letters);
    expect([...mixed].sort()).toEqual(letters);
  });
});
