import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressOf, nodeName, SlotMap, slotRanges } from './slot-map.js';
import { labelWhere, slotOf, SLOTS } from './slots.js';

const A = '10.0.0.1:7000';
const B = '10.0.0.2:7000';
const C = '10.0.0.3:7000';
const HALVES = [
  { first: 0, last: 8_191, node: A },
  { first: 8_192, last: SLOTS - 1, node: B },
];

describe('an answer to CLUSTER SLOTS', () => {
  const master = (host: unknown, port: unknown) => [host, port, 'id of 40 digits', []];
  const replica = ['10.0.0.9', 7009, 'another id', []];

  test('tells the ranges of masters, replicas left out', () => {
    const reply = [
      [0, 5_460, master('10.0.0.1', 7000), replica],
      [5_461, 16_383, master('10.0.0.2', 7000)],
    ];
    expect(slotRanges(reply, 'asked')).toEqual([
      { first: 0, last: 5_460, node: A },
      { first: 5_461, last: 16_383, node: B },
    ]);
  });

  test.each([{ host: '' }, { host: '?' }, { host: null }])(
    'without a host ($host) means the one that was asked',
    ({ host }) => {
      expect(slotRanges([[7, 7, master(host, 7000)]], '10.1.1.1')).toEqual([
        { first: 7, last: 7, node: '10.1.1.1:7000' },
      ]);
    },
  );

  test('of anything else has no ranges', () => {
    const strange: unknown[] = [undefined, null, 'OK', [], [[]], [[1, 2]], [[1, 2, 'x']], [7]];
    strange.push([[-1, 2, master('h', 1)]], [[0, SLOTS, master('h', 1)]], [['x', 2, master('h', 1)]]);
    for (const reply of strange) expect(slotRanges(reply, 'asked')).toEqual([]);
  });
});

describe('a name of a server', () => {
  test.each([
    ['127.0.0.1', 7000],
    ['redis-1.example.org', 6379],
    ['::1', 7000],
    ['fe80::1:2', 7001],
  ])('of %s and %d leads back to them', (host, port) => {
    expect(addressOf(nodeName(host, port, 'asked'))).toEqual({ host, port });
  });
});

describe('a map of slots', () => {
  test('knows the owner of each slot, and its masters', () => {
    const map = SlotMap.of([
      HALVES[0] ?? { first: 0, last: 0, node: '' },
      { first: 9_000, last: 9_000, node: B },
    ]);
    expect([0, 8_191, 8_192, 9_000, 9_001, 16_383].map((slot) => map.ownerOf(slot))).toEqual([
      A,
      A,
      undefined,
      B,
      undefined,
      undefined,
    ]);
    expect(map.nodes).toEqual([A, B]);
  });

  test('tells which slots have another owner than before, those that had none not counted', () => {
    const before = SlotMap.of([
      { first: 0, last: 9, node: A },
      { first: 10, last: 19, node: B },
    ]);
    const after = SlotMap.of([
      { first: 0, last: 8, node: A },
      { first: 9, last: 17, node: B },
      { first: 30, last: 31, node: B },
    ]);
    expect(after.movedSince(before)).toEqual([9, 18, 19]);
    expect(after.gainedSince(before, B)).toEqual([9, 30, 31]);
    expect(after.gainedSince(before, A)).toEqual([]);
    expect(after.movedSince(after)).toEqual([]);
  });

  test('with another owner for one slot is a map of its own, with the same labels', () => {
    const map = SlotMap.of(HALVES);
    const slot = slotOf(map.labelOf(A) ?? '');
    const next = map.withOwner(slot, B);
    expect([map.ownerOf(slot), next.ownerOf(slot)]).toEqual([A, B]);
    expect(next.movedSince(map)).toEqual([slot]);
    expect([next.labelOf(A), next.labelOf(B)]).toEqual([map.labelOf(A), map.labelOf(B)]);
  });
});

describe('the label of a server', () => {
  test('lies in one of its slots, whatever its slots are', () => {
    const split = fc.uniqueArray(fc.integer({ min: 1, max: SLOTS - 1 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(split, (bounds) => {
        const [one = 0, two = 0] = [...bounds].sort((x, y) => x - y);
        const map = SlotMap.of([
          { first: 0, last: one - 1, node: A },
          { first: one, last: two - 1, node: B },
          { first: two, last: SLOTS - 1, node: C },
        ]);
        return map.nodes.every((node) => map.ownerOf(slotOf(map.labelOf(node) ?? '')) === node);
      }),
      { numRuns: 50 },
    );
  });

  test('is there for a server of a single slot, wherever that is', () => {
    for (const slot of [0, 1, 8_000, 16_383]) {
      const map = SlotMap.of([{ first: slot, last: slot, node: A }]);
      expect(slotOf(map.labelOf(A) ?? '')).toBe(slot);
    }
  });

  test('depends on its slots alone, not on who it is: a replica that takes its place finds what it left', () => {
    const renamed = SlotMap.of(HALVES.map((half) => (half.node === A ? { ...half, node: C } : half)));
    expect(renamed.labelOf(C)).toBe(SlotMap.of(HALVES).labelOf(A));
    expect(SlotMap.of([...HALVES].reverse()).labelOf(A)).toBe(SlotMap.of(HALVES).labelOf(A));
  });

  test('mostly stays when other slots move away or arrive', () => {
    const map = SlotMap.of(HALVES);
    const own = slotOf(map.labelOf(A) ?? '');
    const fewer = SlotMap.of([
      { first: 0, last: 4_000, node: B },
      { first: own, last: own, node: A },
      { first: 8_000, last: 8_191, node: A },
    ]);
    expect(fewer.labelOf(A)).toBe(map.labelOf(A));
  });

  test('beside a slot is in another one of the same server', () => {
    const map = SlotMap.of(HALVES);
    const own = slotOf(map.labelOf(A) ?? '');
    const beside = slotOf(map.labelBeside(own, A) ?? '');
    expect(beside).not.toBe(own);
    expect(map.ownerOf(beside)).toBe(A);
    expect(map.labelBeside(9_000, A)).toBe(map.labelOf(A));
    const lonely = SlotMap.of([{ first: 7, last: 7, node: A }]);
    expect(lonely.labelBeside(7, A)).toBeUndefined();
  });

  test('is a text without braces', () => {
    expect(labelWhere((slot) => slot === 16_000)).toMatch(/^[\da-z]+$/);
    expect(labelWhere(() => false)).toBeUndefined();
  });
});
