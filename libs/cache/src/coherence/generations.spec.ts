import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Generations } from './generations.js';

describe('a mark', () => {
  test('holds while nothing is invalidated', () => {
    const generations = new Generations();
    const mark = generations.mark('seed:1');
    expect(generations.holds('seed:1', mark)).toBe(true);
  });

  test('does not hold after its key was invalidated, nor ever again', () => {
    const generations = new Generations();
    const mark = generations.mark('seed:1');
    for (let i = 0; i < 1_000; i++) {
      generations.advance('seed:1');
      expect(generations.holds('seed:1', mark)).toBe(false);
    }
  });

  test('does not hold after everything was invalidated', () => {
    const generations = new Generations();
    const mark = generations.mark('seed:1');
    generations.advanceAll();
    expect(generations.holds('seed:1', mark)).toBe(false);
    expect(generations.holds('seed:1', generations.mark('seed:1'))).toBe(true);
  });

  test('never holds again, whatever is invalidated in whatever order', () => {
    const step = fc.oneof(fc.constant(undefined), fc.string());
    fc.assert(
      fc.property(fc.string(), fc.array(step), fc.array(step), (key, before, after) => {
        const generations = new Generations();
        const run = (steps: (string | undefined)[]) => {
          for (const one of steps) {
            if (one === undefined) generations.advanceAll();
            else generations.advance(one);
          }
        };
        run(before);
        const mark = generations.mark(key);
        generations.advance(key);
        run(after);
        return !generations.holds(key, mark);
      }),
    );
  });

  test('of another key mostly survives: a thousand invalidations spoil fewer than one key in twenty', () => {
    const generations = new Generations();
    const others = Array.from({ length: 1_000 }, (_, i) => `other:${i}`);
    const marks = others.map((key) => generations.mark(key));
    for (let i = 0; i < 1_000; i++) generations.advance(`seed:${i}`);
    const spoilt = others.filter((key, i) => !generations.holds(key, marks[i] ?? NaN));
    expect(spoilt.length).toBeLessThan(50);
  });
});
