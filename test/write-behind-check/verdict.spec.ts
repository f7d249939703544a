import { describe, expect, test } from '@jest/globals';
import type { Acknowledged } from './acknowledgements.js';
import { KEYS, valueOf } from './cells.js';
import type { DatabaseRecord } from './database.js';
import { verdictOn } from './verdict.js';

const write = (key: number, version: number, isPoison = false): Acknowledged => ({
  key,
  version,
  value: valueOf({ key, writer: 'w-1', count: version, isPoison }),
  via: 'queue',
  ms: version,
  at: version,
});
const poison = (key: number, version: number) => write(key, version, true);
const LONE = KEYS + 7;
const NOTHING: DatabaseRecord = {
  rows: [],
  regressions: 0,
  applied: 0,
  duplicates: 0,
  sharedFences: 0,
  sent: 0,
};
const judge = (
  acknowledged: readonly Acknowledged[],
  record: Partial<DatabaseRecord>,
  dead: readonly Acknowledged[] = [],
) => verdictOn({ acknowledged, record: { ...NOTHING, ...record }, dead });

test('all is well when every key has the newest of its acknowledged writes, or a newer one', () => {
  const rows = [write(1, 2), write(2, 5)];
  expect(judge([write(1, 1), write(1, 2), write(2, 1)], { rows, applied: 2, sent: 2 })).toEqual({
    acked: 3,
    applied: 2,
    lost: 0,
    regressions: 0,
    duplicatesApplied: 0,
    deadLetters: 0,
    poison: 0,
    lonePoison: 0,
    wrongDeadLetters: 0,
    wrongFinals: 0,
    coalescedShare: 0.333,
    p50AckMs: 1,
    p99AckMs: 2,
  });
});

describe('lost is what was acknowledged', () => {
  test('and whose row is older, or not there', () => {
    expect(judge([write(1, 1), write(1, 2), write(2, 1)], { rows: [write(1, 1)] }).lost).toBe(2);
  });

  test('but not what the database refuses', () => {
    expect(judge([write(1, 1), poison(1, 2)], { rows: [write(1, 1)] }).lost).toBe(0);
  });

  test('and was written before something that the database refuses', () => {
    expect(judge([write(1, 2), poison(1, 3)], { rows: [write(1, 1)] }, [poison(1, 3)]).lost).toBe(1);
  });
});

describe('dead letters are right', () => {
  test('when each is a refused write, acknowledged or not', () => {
    expect(judge([poison(LONE, 1)], {}, [poison(LONE, 1), poison(3, 9)])).toMatchObject({
      lonePoison: 1,
      deadLetters: 2,
      wrongDeadLetters: 0,
    });
  });

  test('when a refused write is none whose key was written again', () => {
    expect(judge([poison(1, 1), write(1, 2)], { rows: [write(1, 2)] })).toMatchObject({
      poison: 1,
      lonePoison: 0,
      wrongDeadLetters: 0,
    });
  });

  test.each([
    ['a refused write is none', [poison(LONE, 1)], []],
    ['one would have been taken', [write(1, 1)], [write(1, 1)]],
    ['one is there twice', [poison(1, 1)], [poison(1, 1), poison(1, 1)]],
    ['one has another version', [poison(1, 1)], [{ ...poison(1, 1), version: 2 }]],
    ['one is of another key', [], [{ ...poison(1, 1), key: 2 }]],
    ['one was written by nobody', [], [{ ...poison(1, 1), value: 'poison' }]],
  ])('but not when %s', (_, acknowledged, dead) => {
    expect(judge(acknowledged, {}, dead).wrongDeadLetters).toBe(1);
  });
});

describe('a row is wrong', () => {
  test.each([
    [
      'that holds another value than was written under its version',
      [{ ...write(1, 1), value: write(1, 7).value }],
    ],
    ['that holds a value under another version', [{ ...write(1, 1), version: 3 }]],
    ['that holds what was written to another key', [{ ...write(2, 9), value: write(3, 9).value }]],
    ['that holds what nobody wrote', [{ ...write(2, 9), value: 'whatever' }]],
    ['that holds what the database refuses', [poison(2, 9)]],
  ])('%s', (_, rows) => {
    expect(judge([write(1, 1)], { rows }).wrongFinals).toBe(1);
  });

  test('but not one that holds a write of which its writer never heard', () => {
    expect(judge([write(1, 1)], { rows: [write(1, 9)] }).wrongFinals).toBe(0);
  });
});

test('what the database has seen of itself counts', () => {
  expect(judge([], { regressions: 2, sharedFences: 1, duplicates: 4 })).toMatchObject({
    regressions: 3,
    duplicatesApplied: 4,
  });
});

test('writes that went to the database directly, and those it refused, were not saved', () => {
  const acknowledged = [
    write(1, 1),
    write(1, 2),
    { ...write(1, 3), via: 'through' as const },
    poison(LONE, 4),
  ];
  const found = judge(acknowledged, { rows: [write(1, 3)], sent: 2 }, [poison(LONE, 4)]);
  expect(found.coalescedShare).toBe(0.5);
});
