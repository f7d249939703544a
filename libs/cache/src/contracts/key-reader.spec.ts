import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { numberText } from './canonical-argument.js';
import { canonicalKey, MAX_KEY_LENGTH } from './canonical-key.js';
import { readKey, regionOfKey } from './key-reader.js';

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
};

const harmful = fc.constantFrom('%', '{', '}', ',', '=', ':', '~', 's', '2', 'n', '\ud83d', '\udc26', 'é');
const leaf = fc.oneof(
  fc.string({ unit: harmful, maxLength: 8 }),
  fc.string({ maxLength: 8 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, NaN, -0),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 7 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 5 }),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('several')),
  several: fc.oneof(
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(fc.string({ unit: harmful, maxLength: 4 }), tie('anything'), { maxKeys: 3 }),
    fc.array(tie('anything'), { maxLength: 3 }).map((items) => new Set(items)),
    fc.array(fc.tuple(tie('anything'), tie('anything')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
  ),
}));

describe('readKey', () => {
  it('gives back the region and the plain texts of every list that has a key, in whatever it stands', () => {
    let [read, nested] = [0, 0];
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), (args) => {
        const key = canonicalKey('birds.seen', args);
        fc.pre(key !== undefined && !key.startsWith('birds.seen:~'));
        const texts = args.map(textOf);
        for (let i = args.length; i > 0 && args[i - 1] === undefined; i--) texts.pop();
        expect(readKey(key ?? '')).toEqual({ region: 'birds.seen', args: { kind: 'texts', texts } });
        read++;
        if (args.some((one) => typeof one === 'object' && one !== null)) nested++;
      }),
      { numRuns: 1_000 },
    );
    expect(read).toBeGreaterThan(500);
    expect(nested).toBeGreaterThan(100);
  });

  it('says of a hashed key that it is one', () => {
    const key = canonicalKey('birds', ['x'.repeat(MAX_KEY_LENGTH)]) ?? '';
    expect(readKey(key)).toEqual({ region: 'birds', args: { kind: 'hashed' } });
  });

  it.each([
    ['without a region', ':s1:a'],
    ['without a colon', 'birds'],
    ['of an unknown letter', 'birds:x1'],
    ['with a text that ends too early', 'birds:s5:abc'],
    ['with something behind', 'birds:s1:ab'],
    ['with a list that lacks an item', 'birds:a2:n1'],
    ['with an object that lacks a value', 'birds:o1:1:a'],
    ['with bytes that end too early', 'birds:bBuffer:9:AQ=='],
    ['with a number that is none', 'birds:nx'],
    ['with a comma and nothing behind', 'birds:n1,'],
    ['that is longer than any', `birds:s300:${'x'.repeat(300)}`],
    ['that is a hash of another length', 'birds:~abc'],
  ])('reads nothing from what is no key: one %s', (_, key) => {
    expect(readKey(key)).toBeUndefined();
  });
});

it('the region of a key is what stands before the colon', () => {
  expect([regionOfKey('birds:s1::'), regionOfKey('nothing')]).toEqual(['birds', '']);
});
