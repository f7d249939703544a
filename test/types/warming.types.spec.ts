import { expect, test } from '@jest/globals';
import type { CacheService, Warming } from 'nuthatch';
import { StrategyOf, defineRegions, region } from 'nuthatch';

/* What is written here is checked by the compiler; nothing of it runs. */

interface Metadata {
  readonly id: string;
}

const community = defineRegions('community', {
  metadata: region<[id: string], Metadata>(),
  member: region<[name: string, member: number], string>(),
  path: region<[segments: readonly string[]], number>(),
});

class CommunityStrategy extends StrategyOf(community) {}

const load = (id: string): Promise<Metadata> => Promise.resolve({ id });

const RIGHT = {
  bareKeys: (cache: CacheService) => cache.warmFrom(community.metadata, { keys: () => ['a', 'b'], load }),

  lists: (cache: CacheService) =>
    cache.warmFrom(community.member, {
      keys: [['a', 1]],
      load: (name, member) => (member > 0 ? name : ''),
    }),

  arrayArgument: (cache: CacheService) =>
    cache.warmFrom(community.path, { keys: [[['a', 'b']]], load: (segments) => segments.length }),

  batches: (cache: CacheService) =>
    cache.warmFrom(community.metadata, {
      keys: Promise.resolve(['a']),
      loadMany: (keys) => keys.map(([id]) => ({ id })),
      batch: 10,
    }),

  byName: (cache: CacheService) =>
    cache.warmFrom('by-name', { keys: ['a', 7, ['b', 1]], load: (id) => String(id) }),

  cursor: (cache: CacheService, rows: AsyncIterable<string>) =>
    cache.warm(community.metadata, { keys: rows, through: load }, { concurrency: 2 }),

  targets: (cache: CacheService): readonly Warming[] => [
    cache.warm(),
    cache.warm('*', { concurrency: 2 }),
    cache.warm('community'),
    cache.warm([community.metadata, 'user'], { signal: new AbortController().signal }),
  ],

  handles: (cache: CacheService, strategy: CommunityStrategy) => [
    cache.region(community.metadata).warmFrom({ keys: ['a'], load }),
    strategy.metadata.warm(),
    strategy.warm({ concurrency: 1 }),
  ],
};

const WRONG = {
  key: (cache: CacheService) =>
    // @ts-expect-error the region's key is a text
    cache.warmFrom(community.metadata, { keys: [7], load }),

  bareKeyOfTwo: (cache: CacheService) =>
    // @ts-expect-error a key of two arguments is given as a list
    cache.warmFrom(community.member, { keys: ['a'], load: (name) => name }),

  value: (cache: CacheService) =>
    // @ts-expect-error the region's value is Metadata
    cache.warmFrom(community.metadata, { keys: ['a'], load: (id) => id }),

  twoWays: (cache: CacheService) =>
    // @ts-expect-error one way to load is enough
    cache.warmFrom(community.metadata, { keys: ['a'], load, through: load }),

  noWay: (cache: CacheService) =>
    // @ts-expect-error somebody has to load
    cache.warmFrom(community.metadata, { keys: ['a'] }),
};

test('warming is typed by its region', () => {
  expect(Object.keys({ ...RIGHT, ...WRONG })).toHaveLength(13);
});
