import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalKey, canonicalTag } from '../contracts/canonical-key.js';
import { KeyNames } from './key-names.js';

// the slot function that the client itself uses
const slotOf = createRequire(import.meta.url)('cluster-key-slot') as (key: string) => number;

const names = new KeyNames({ prefix: 'app', version: '2', alsoEvict: ['1', 'beta'] });
const unversioned = new KeyNames({ prefix: 'app', version: undefined, alsoEvict: [] });

const ADVERSARIAL = [
  '',
  '{',
  '}',
  '{}',
  '}{',
  '{a}',
  '}a{b}',
  '{}{a}',
  '%7B',
  'a:b',
  'ключ',
  '\ud800',
  '\u0000',
  '🐦'.repeat(50),
  '{'.repeat(500),
];

/** The text between the first brace and the next closing one, which is all a Cluster looks at. */
function hashTag(name: string): string | undefined {
  return /\{([^}]+)\}/.exec(name)?.[1];
}

describe('the names of a key', () => {
  test('are exactly these', () => {
    expect(names.writeKeys('community.metadata:s1:a')).toEqual([
      'app:w:{community.metadata:s1:a}',
      'app:t:{community.metadata:s1:a}',
      'app:2:v:{community.metadata:s1:a}',
      'app:2:l:{community.metadata:s1:a}',
      'app:1:v:{community.metadata:s1:a}',
      'app:1:l:{community.metadata:s1:a}',
      'app:beta:v:{community.metadata:s1:a}',
      'app:beta:l:{community.metadata:s1:a}',
    ]);
    expect([names.value('k'), names.lease('k'), names.writers('k'), names.tag('#birds')]).toEqual([
      'app:2:v:{k}',
      'app:2:l:{k}',
      'app:w:{k}',
      'app:t:{#birds}',
    ]);
    expect([names.epoch, names.tagClock, names.channel]).toEqual(['app:e:0', 'app:tc', 'app:ch']);
  });

  test('carry no version where there is none', () => {
    expect(unversioned.writeKeys('k')).toEqual(['app:w:{k}', 'app:t:{k}', 'app:v:{k}', 'app:l:{k}']);
  });

  test('of writers, tags, clock, epoch and channel are the same for two releases side by side', () => {
    const other = new KeyNames({ prefix: 'app', version: '3', alsoEvict: ['2'] });
    const shared = (of: KeyNames) => [of.writers('k'), of.tag('k'), of.tagClock, of.epoch, of.channel];
    expect(shared(other)).toEqual(shared(names));
    expect(other.value('k')).not.toBe(names.value('k'));
    expect(other.lease('k')).not.toBe(names.lease('k'));
  });

  test.each(ADVERSARIAL)('share one Cluster slot: %p', (text) => {
    const key = canonicalKey('region', [text]) ?? '';
    const companions = names.writeKeys(key);
    expect(new Set(companions.map(slotOf)).size).toBe(1);
    expect(new Set(companions.map(hashTag))).toEqual(new Set([key]));
  });

  test('share one Cluster slot whatever the arguments are', () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[{}%:ab]{0,20}$/),
      fc.double(),
      fc.bigInt(),
      fc.constant(null),
      fc.array(fc.stringMatching(/^[{}]{0,5}$/)),
    );
    fc.assert(
      fc.property(fc.array(argument), (args) => {
        const key = canonicalKey('region', args);
        if (key === undefined) return false;
        const companions = [...names.writeKeys(key), ...unversioned.writeKeys(key)];
        return new Set(companions.map(slotOf)).size === 1;
      }),
      { numRuns: 2_000 },
    );
  });

  test('of different arguments differ', () => {
    const keys = ADVERSARIAL.map((text) => names.value(canonicalKey('region', [text]) ?? ''));
    expect(new Set(keys).size).toBe(ADVERSARIAL.length);
  });

  test('of a user’s tag are never those of a key or a region', () => {
    const key = canonicalKey('birds', ['a']) ?? '';
    const tags = [key, '@birds', '#birds', '~birds', ''].map((tag) => names.tag(canonicalTag(tag)));
    expect(tags).not.toContain(names.tag(key));
    expect(tags).not.toContain(names.tag('@birds'));
    expect(new Set(tags).size).toBe(tags.length);
  });
});
