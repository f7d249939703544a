import { expect, test } from '@jest/globals';
import { Random } from '../consistency/random.js';
import { isWrittenOnce, toldBy } from './cells.js';
import { Intentions } from './writing.js';

function written(number: number, count: number) {
  const intentions = new Intentions({ name: `writer-${number}`, number, poisonEvery: 50 }, new Random(1));
  return Array.from({ length: count }, () => intentions.next());
}

test('a value tells who wrote what, and no two are the same', () => {
  const all = [...written(1, 500), ...written(2, 500)].flatMap((one) => (one.then ? [one, one.then] : [one]));
  expect(new Set(all.map(({ value }) => value)).size).toBe(all.length);
  for (const { key, value, isPoison } of all) expect(toldBy(value)).toMatchObject({ key, isPoison });
});

test('some keys are written once, by one writer, so that a lost write has no later one to hide it', () => {
  const once = [...written(1, 800), ...written(2, 800)].filter(({ key }) => isWrittenOnce(key));
  expect(once.length).toBeGreaterThan(150);
  expect(new Set(once.map(({ key }) => key)).size).toBe(once.length);
});

test('some of them are good and then spoilt by what the database refuses, and others are refused between good ones', () => {
  const all = written(1, 500);
  const spoilt = all.filter(({ then }) => then !== undefined);
  expect(spoilt).toHaveLength(10);
  for (const { key, isPoison, then } of spoilt) {
    expect([isPoison, then?.isPoison, then?.key]).toEqual([false, true, key]);
    expect(isWrittenOnce(key)).toBe(true);
  }
  const refused = all.filter(({ isPoison }) => isPoison);
  expect(refused).toHaveLength(10);
  expect(refused.filter(({ key }) => isWrittenOnce(key))).toEqual([]);
});
