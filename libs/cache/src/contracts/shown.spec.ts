import { describe, expect, it } from '@jest/globals';
import { shown } from './shown.js';

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

describe('A wrong option as it is shown', () => {
  it.each([
    ['5 minutes', '"5 minutes"'],
    [-1, '-1'],
    [NaN, 'null'],
    [null, 'null'],
    [undefined, 'undefined'],
    [5n, '5n'],
    [{ inject: [] }, '{"inject":[]}'],
    [() => 1, 'a value of type function'],
    [Symbol('a'), 'a value of type symbol'],
    [cyclic, 'a value of type object'],
    [
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      'a value of type object',
    ],
  ])('is its JSON or its kind (%#)', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it('is cut where it is long', () => {
    expect(shown('x'.repeat(10_000))).toHaveLength(100);
  });
});
