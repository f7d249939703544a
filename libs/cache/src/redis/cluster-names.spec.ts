import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalKey, canonicalTag, regionTag } from '../contracts/canonical-key.js';
import { ClusterNames } from './cluster-names.js';
import type { News } from './key-names.js';
import { KeyNames } from './key-names.js';

// the slot function that the client itself uses
const slotOf = createRequire(import.meta.url)('cluster-key-slot') as (key: string) => number;

const naming = { prefix: 'app', version: '2', alsoEvict: ['1'] };
const names = new ClusterNames(naming);
const KEY = 'seeds:s1:a';

const anyText = fc.string({ unit: 'binary' });
const anyKey = fc.array(anyText).map((args) => canonicalKey('seeds', args) ?? 'seeds:');
const anyTag = fc.oneof(anyText.map(canonicalTag), fc.constant(regionTag('seeds')));

describe('the names in a Cluster', () => {
  test('of a key and its companions are those of one server, and lie in one slot', () => {
    const one = new KeyNames(naming);
    expect(names.writeKeys(KEY)).toEqual(one.writeKeys(KEY));
    fc.assert(
      fc.property(anyKey, (key) => {
        const all = [
          ...names.writeKeys(key),
          names.marker('keys', key),
          names.marker('stale', key),
          names.tag(key),
        ];
        return all.every((name) => slotOf(name) === names.slotOf(key));
      }),
    );
  });

  test('of a tag lie in the slot of its group, with the clock and the marker', () => {
    fc.assert(
      fc.property(anyTag, (tag) => {
        const group = names.groupOf(tag) ?? -1;
        const all = [
          names.tag(tag),
          names.marker('tags', tag),
          names.clockOf(group),
          names.tag(names.memberOf(group)),
        ];
        return names.groups.includes(group) && all.every((name) => slotOf(name) === names.slotOf(tag));
      }),
    );
  });

  test('are exactly these', () => {
    expect(names.groupOf('#birds')).toBe(3);
    expect([names.tag('#birds'), names.clockOf(3), names.marker('tags', '#birds')]).toEqual([
      'app:t:{3}#birds',
      'app:tc:{3}',
      'app:i:{3}#birds',
    ]);
    expect([names.tag(KEY), names.marker('keys', KEY), names.marker('stale', KEY)]).toEqual([
      'app:t:{seeds:s1:a}',
      'app:i:{seeds:s1:a}',
      'app:i:{seeds:s1:a}s',
    ]);
    expect([names.epochAt('3x'), names.beat('me', '3x', 7), names.echo('tags', '#birds', '3x')]).toEqual([
      'app:e:{3x}',
      'app:r:me:{3x}7',
      'app:i:{3x}!t#birds',
    ]);
  });

  test('spread tags over all groups', () => {
    const groups = Array.from({ length: 1_000 }, (_, i) => names.groupOf(`#t${i}`));
    expect(new Set(groups).size).toBe(names.groups.length);
    expect(names.groups.map((group) => names.groupOf(names.memberOf(group)))).toEqual(names.groups);
    expect(names.groupOf(KEY)).toBeUndefined();
  });

  test('of different tags differ', () => {
    fc.assert(
      fc.property(anyTag, anyTag, (one, other) => one === other || names.tag(one) !== names.tag(other)),
    );
  });
});

describe('a marker', () => {
  const news: readonly News[] = ['keys', 'stale', 'tags'];
  const told = fc.oneof(
    fc.record({ kind: fc.constantFrom('keys' as const, 'stale' as const), name: anyKey }),
    fc.record({ kind: fc.constant('tags' as const), name: anyTag }),
  );

  test('means what was told, in the slot of what it is about and as an echo elsewhere', () => {
    fc.assert(
      fc.property(told, ({ kind, name }) => {
        const meant = { kind, names: [name] };
        expect(names.meaning(names.marker(kind, name))).toEqual(meant);
        expect(names.meaning(names.echo(kind, name, '3x'))).toEqual(meant);
      }),
    );
  });

  test('comes before the beats of the same moment: the server sends by prefix, in the order of the alphabet', () => {
    expect(names.markers < names.beats).toBe(true);
    for (const kind of news) expect(names.marker(kind, KEY).startsWith(names.markers)).toBe(true);
    expect(names.beat('me', '0', 1).startsWith(names.beats)).toBe(true);
    expect(names.beats.startsWith(names.markers)).toBe(false);
  });

  test('of a beat is its number', () => {
    expect(names.meaning(names.beat('me', '3x', 123))).toEqual({ kind: 'beat', beat: 123 });
  });

  test.each([
    '',
    'app:i:',
    'app:i:{}',
    'app:i:{a',
    'app:i:{a}x',
    'app:i:{a}!xb',
    'app:i:{a}!',
    'app:r:me:{a}',
    'app:r:me:{a}x',
    'app:r:me:{a}1.5',
    'other:i:{a}',
    'app:v:{a}',
  ])('that is none of ours is not understood: %p', (key) => {
    expect(names.meaning(key)).toBeUndefined();
  });

  test('of any text is understood or not, and nothing throws', () => {
    fc.assert(fc.property(fc.string(), (text) => names.meaning(`app:i:${text}`) !== null));
  });
});
