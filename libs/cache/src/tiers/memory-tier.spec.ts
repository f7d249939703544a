import { describe, expect, test } from '@jest/globals';
import { HeldValue } from './held-value.js';
import type { MemoryTerms } from './memory-tier.js';
import { MemoryEntry, MemoryTier } from './memory-tier.js';

const FRESH: MemoryTerms = {
  freshUntil: 1_000,
  staleUntil: 1_000,
  refreshAt: Infinity,
  gates: [],
  cells: [],
  generations: [],
  partition: 'default',
  slides: true,
  id: '',
};

function entryOf(terms: Partial<MemoryTerms> = {}, bytes = 10): MemoryEntry {
  return new MemoryEntry(HeldValue.passing('acorn'), bytes, { ...FRESH, ...terms });
}

describe('an entry in memory', () => {
  test.each([
    { what: 'fresh and trusted', now: 999, trustedUntil: 2_000, serves: true },
    { what: 'at the end of its life', now: 1_000, trustedUntil: 2_000, serves: false },
    { what: 'at the last trusted moment', now: 500, trustedUntil: 500, serves: true },
    { what: 'after the channel fell silent', now: 501, trustedUntil: 500, serves: false },
    { what: 'before the channel has ever been heard', now: 0, trustedUntil: -Infinity, serves: false },
    { what: 'without a channel', now: 999, trustedUntil: Infinity, serves: true },
  ])('$what: serves $serves', ({ now, trustedUntil, serves }) => {
    expect(entryOf({ gates: [{ trustedUntil }] }).serves(now)).toBe(serves);
  });

  test('that was loaded without the channel serves though the gate is closed, until its short life ends', () => {
    const entry = entryOf({ gates: [] });
    expect([entry.serves(999), entry.serves(1_000)]).toEqual([true, false]);
  });

  test('serves only while every server it depends on is heard', () => {
    const gates = [{ trustedUntil: 500 }, { trustedUntil: 300 }];
    const entry = entryOf({ gates });
    expect([entry.serves(300), entry.serves(301)]).toEqual([true, false]);
  });

  test('tells whether it carries one of some tags', () => {
    const entry = entryOf({ cells: [{ tag: 'birds', generation: 1 }], generations: [1] });
    expect([['birds', 'seeds'], ['seeds'], []].map((tags) => entry.carries(new Set(tags)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each([0, 1, 2])('is condemned by an invalidation of any of its tags: number %i of 3', (which) => {
    const cells = [1, 7, 3].map((generation) => ({ tag: `tag${generation}`, generation }));
    const entry = entryOf({ cells, generations: cells.map(({ generation }) => generation) });
    expect(entry.serves(0)).toBe(true);
    const cell = cells[which];
    if (cell !== undefined) cell.generation++;
    expect(entry.serves(0)).toBe(false);
  });

  test('is condemned by its tags also while the gate is closed', () => {
    const cell = { tag: 'birds', generation: 1 };
    const entry = entryOf({ cells: [cell], generations: [1] });
    cell.generation = 2;
    expect(entry.serves(0)).toBe(false);
  });
});

describe('the memory tier', () => {
  const tierOf = (maxItems: number, maxBytes = 1_000_000) => new MemoryTier({ maxItems, maxBytes });

  test('gives what was put, nothing after it was removed or all was cleared', () => {
    const tier = tierOf(10);
    const entries = ['a', 'b', 'c'].map((key) => {
      const entry = entryOf();
      tier.put(key, entry);
      return entry;
    });
    expect(tier.get('a')).toBe(entries[0]);
    tier.remove('a');
    expect([tier.get('a'), tier.get('b')]).toEqual([undefined, entries[1]]);
    tier.put('d', entryOf({ partition: 'other' }));
    tier.clear('default');
    expect(tier.get('d')).toBeDefined();
    tier.clear('other');
    expect([tier.get('b'), tier.get('c'), tier.items, tier.bytes]).toEqual([undefined, undefined, 0, 0]);
  });

  test('holds at most so many items: the least recently used goes first', () => {
    const tier = tierOf(3);
    for (const key of ['a', 'b', 'c']) tier.put(key, entryOf());
    tier.get('a');
    tier.put('d', entryOf());
    expect(['a', 'b', 'c', 'd'].filter((key) => tier.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
  });

  test('holds at most so many bytes, keys and overhead counted', () => {
    const tier = tierOf(1_000, 10_000);
    for (let i = 0; i < 100; i++) tier.put(`key:${i}`, entryOf({}, 1_000));
    expect(tier.bytes).toBeLessThanOrEqual(10_000);
    expect(tier.items).toBeGreaterThan(5);
    expect(tier.items).toBeLessThan(10);
    expect(tier.get('key:99')).toBeDefined();
  });

  test('keeps neither a value that is too large for it nor the older one under its key', () => {
    const tier = tierOf(1_000, 10_000);
    tier.put('a', entryOf());
    tier.put('b', entryOf());
    tier.put('a', entryOf({}, 20_000));
    expect([tier.get('a'), tier.get('b') === undefined]).toEqual([undefined, false]);
  });
});
