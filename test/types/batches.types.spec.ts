import { describe, expect, it } from '@jest/globals';
import type { CacheService } from 'nuthatch';
import { defineRegions, region } from 'nuthatch';

interface Metadata {
  readonly id: string;
  readonly name: string;
}

const community = defineRegions('batch-types', {
  metadata: region<[id: string], Metadata>(),
  member: region<[community: string, member: number], string>(),
});

/** Never called: what compiles here, and what does not, is the test. */
const RIGHT = {
  looks: async (cache: CacheService): Promise<(Metadata | undefined)[]> =>
    cache.getMany(community.metadata, [['a'], ['b']]),

  loads: async (cache: CacheService): Promise<Metadata[]> =>
    cache.getOrSetMany(community.metadata, [['a'], ['b']], async (missing) =>
      missing.map(([id]) => ({ id, name: id.toUpperCase() })),
    ),

  loadsLess: async (cache: CacheService): Promise<string[]> =>
    cache.getOrSetMany(
      community.member,
      [['a', 1]],
      async (missing) => missing.map(([name, member]) => (member > 0 ? name : undefined)),
      { ttl: '1m' },
    ),

  loadsByName: async (cache: CacheService): Promise<number[]> =>
    cache.getOrSetMany('by-name', [['a']], async (missing) => missing.map(([id]) => id?.length ?? 0)),

  takesAWiderLoader: async (
    cache: CacheService,
    load: (keys: readonly (readonly unknown[])[]) => Promise<string[]>,
  ) => cache.getOrSetMany(community.member, [['a', 1]], load),
};

const WRONG = {
  key: async (cache: CacheService) =>
    // @ts-expect-error the region's key is a string
    cache.getMany(community.metadata, [[1]]),

  bareKey: async (cache: CacheService) =>
    // @ts-expect-error a key is a list of arguments
    cache.getMany(community.metadata, ['a']),

  value: async (cache: CacheService) =>
    // @ts-expect-error the region's value is Metadata
    cache.getOrSetMany(community.metadata, [['a']], async (missing) => missing.map(([id]) => id)),

  map: async (cache: CacheService) =>
    // @ts-expect-error a loader answers with an array, not with a Map
    cache.getOrSetMany(community.member, [['a', 1]], async () => new Map([['a', 'b']])),

  missing: async (cache: CacheService) =>
    cache.getOrSetMany(community.member, [['a', 1]], async (missing) =>
      // @ts-expect-error the second argument of the key is a number
      missing.map<string>(([, member]) => member),
    ),
};

describe('The types of batches', () => {
  it('are checked by the compiler over this file', () => {
    expect(Object.keys({ ...RIGHT, ...WRONG })).toContain('looks');
  });
});
