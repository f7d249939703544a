import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalKey } from './canonical-key.js';
import { keyPattern, meansKey } from './key-pattern.js';
import { readKey } from './key-reader.js';

/** Whether a pattern means the key of arguments. */
function means(pattern: string, ...args: unknown[]): boolean | 'hashed' {
  const { args: wanted } = keyPattern(pattern);
  const key = readKey(canonicalKey('birds', args) ?? '');
  return wanted === undefined || (key !== undefined && meansKey(wanted, key));
}

describe('a pattern of arguments', () => {
  it.each<[string, unknown[], boolean]>([
    ['birds:42', ['42'], true],
    ['birds:42', [42], true],
    ['birds:42', [42, 1], false],
    ['birds:42', [], false],
    ['birds:42,*', [42], true],
    ['birds:42,*', [42, 1, { a: 1 }], true],
    ['birds:42,*', [43, 1], false],
    ['birds:42,*', [], false],
    ['birds:*,42', [{ a: 1 }, 42], true],
    ['birds:*,42', [42], false],
    ['birds:*,42', [1, 42, 1], false],
    ['birds:*,*,x', [null, undefined, 'x'], true],
    ['birds:true', [true], true],
    ['birds:-0', [-0], true],
    ['birds:0', [-0], false],
    ['birds:null', [null], false],
    ['birds:1', [[1]], false],
    ['birds:n?t*', ['nuthatch'], true],
    ['birds:n?t*', ['nest'], false],
    ['birds:?', ['🐦'], true],
    ['birds:a*b*c', ['axxbxxbc'], true],
    ['birds:a*b*c', ['axxbxxb'], false],
    ['birds:a\\*', ['a*'], true],
    ['birds:a\\*', ['ab'], false],
    ['birds:a\\,b', ['a,b'], true],
    ['birds:a\\\\', ['a\\'], true],
    ['birds:a:b', ['a:b'], true],
    ['birds:{x}%', ['{x}%'], true],
    ['birds:,b', ['', 'b'], true],
    ['birds:', [], true],
    ['birds:', ['a'], false],
    ['birds:*', [{ any: 1 }], true],
    ['birds', ['x', 2], true],
    ['birds:**', [1, 2], true],
  ])('%s and %j: %s', (pattern, args, is) => {
    expect(means(pattern, ...args)).toBe(is);
  });

  it('cannot tell of a key that is hashed', () => {
    expect(means('birds:x*', 'x'.repeat(300))).toBe('hashed');
  });

  it('takes a text as it is where a backslash stands before each of its characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        (one, other) => {
          fc.pre(!one.includes('\ud800') && one !== '');
          const pattern = `birds:${[...one].map((char) => `\\${char}`).join('')}`;
          expect([means(pattern, one), means(pattern, other)]).toEqual([true, one === other]);
        },
      ),
    );
  });

  it('takes no time where it fails late', () => {
    expect(means(`birds:${'*a'.repeat(80)}b`, 'a'.repeat(180))).toBe(false);
  });
});

describe('a pattern of regions', () => {
  it.each([
    ['community.*', 'community.list', true],
    ['community.*', 'user.list', false],
    ['*.list', 'community.list', true],
    ['community.l?st', 'community.list', true],
    ['community', 'community.list', false],
  ])('%s and %s: %s', (pattern, name, is) => {
    expect(keyPattern(pattern).meansRegion(name)).toBe(is);
  });

  it.each(['community', 'community:*', 'community:**'])('alone means all entries: %s', (pattern) => {
    expect(keyPattern(pattern).args).toBeUndefined();
  });
});

it.each([[''], ['birds:a\\'], [undefined], [7]])('%j is no pattern', (pattern) => {
  expect(() => keyPattern(pattern)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
