import { describe, expect, jest, test } from '@jest/globals';
import { counters, defineRegions, ranking, region } from './define-regions.js';
import { UncachedRegions } from './uncached-regions.js';

const HOUR = 3_600_000;
const regions = defineRegions('library', {
  book: region<[isbn: string], string>({ ttl: '1h' }),
  loans: counters<[isbn: string]>(),
  popular: ranking<[]>({ halfLife: '1h' }),
});
const caches = new UncachedRegions();

describe('without a cache', () => {
  test('every read of a region loads, and nothing is there', async () => {
    const book = caches.region(regions.book);
    let loads = 0;
    const load = async () => `load ${++loads}`;
    expect(await book.getOrSet(['1'], load)).toBe('load 1');
    expect(await book.getOrSet(['1'], ({ skip }) => (skip(), load()))).toBe('load 2');
    expect(await book.getOrSetMany([['1'], ['2']], async (keys) => keys.map(([isbn]) => isbn))).toEqual([
      '1',
      '2',
    ]);
    expect(await book.write(['1'], load)).toBe('load 3');
    expect(await book.set(['1'], 'x')).toBe('confirmed');
    expect([await book.get('1'), await book.has('1'), await book.ttl('1')]).toEqual([
      undefined,
      false,
      undefined,
    ]);
    expect(await book.getMany([['1'], ['2']])).toEqual([undefined, undefined]);
  });

  test('every read of counters counts, and a change does its work', async () => {
    const loans = caches.counters(regions.loans);
    let counts = 0;
    const count = () => ({ out: ++counts });
    expect([await loans.counts(['1'], count), await loans.counts(['1'], count)]).toEqual([
      { out: 1 },
      { out: 2 },
    ]);
    const target = loans.at('1');
    const changed = caches.change([target], { subject: 'ann' }, async (change) => {
      change.add(target, { out: 1 });
      return 'done';
    });
    expect(await changed).toBe('done');
    expect(await loans.drop('1')).toBe('confirmed');
  });

  test('a ranking is what its contributions add up to', async () => {
    const popular = caches.ranking(regions.popular);
    const contributions = () => [
      { member: 'a', at: 0 },
      { member: 'b', at: HOUR },
      { member: 'a', at: new Date(HOUR), weight: 2 },
      { member: 'c', at: 0 },
    ];
    expect(await popular.top([], contributions, { limit: 2, at: HOUR })).toEqual([
      { member: 'a', score: 2.5 },
      { member: 'b', score: 1 },
    ]);
  });

  test('a warming has ended when it begins, and loads nothing', async () => {
    const book = caches.region(regions.book);
    const load = jest.fn((isbn: string) => isbn);
    book.warmFrom({ keys: ['1', '2'], load })();
    expect(caches.isWarmable()).toBe(false);
    for (const warming of [book.warm(), caches.warm()]) {
      const told = jest.fn();
      const deaf = jest.fn();
      warming.onProgress(told);
      warming.onProgress(deaf)();
      warming.cancel();
      expect(await warming.finished).toMatchObject({ outcome: 'complete', total: 0, loaded: 0 });
      expect(told).toHaveBeenCalledTimes(1);
      expect(deaf).not.toHaveBeenCalled();
    }
    expect(load).not.toHaveBeenCalled();
  });
});
