import { expect, test } from '@jest/globals';
import type { Acknowledged } from './acknowledgements.js';
import { judge } from './sightings.js';

const acknowledged: readonly Acknowledged[] = [5, 6, 7].map((version) => ({
  key: 1,
  version,
  value: `v${version}`,
  via: 'queue',
  ms: 1,
  at: 1,
}));
const see = (value: string | null, floor: number) =>
  judge([{ key: 1, value, floor, loaded: true, at: 9 }], acknowledged);

test.each([
  ['the newest', 'v7', 6],
  ['just what had been acknowledged', 'v6', 6],
  ['no row of a key that nobody had written', null, 0],
])('a read is right that saw %s', (_, value, floor) => {
  expect(see(value, floor)).toEqual({ judged: 1, stale: 0, unknown: 0, examples: [] });
});

test.each([
  ['a value', 'v5', 6, 5],
  ['no row', null, 6, 0],
])('a read is stale that saw %s older than what had been acknowledged', (_, value, floor, version) => {
  const { examples, ...counts } = see(value, floor);
  expect(counts).toEqual({ judged: 1, stale: 1, unknown: 0 });
  expect(examples).toEqual([
    { key: 1, value, floor, version, loaded: true, at: 9, history: expect.any(Array) as unknown },
  ]);
  expect(examples[0]?.history.map((one) => one.version)).toEqual([5, 6, 7]);
});

test('a read of what was never acknowledged is not judged', () => {
  expect(see('unheard', 6)).toEqual({ judged: 0, stale: 0, unknown: 1, examples: [] });
});
