import { describe, expect, it } from '@jest/globals';
import type { BehindWrite, CacheOf, CacheService, WriteBehindHandling, WriteBehindReceipt } from 'nuthatch';
import { WriteBehind, WriteBehindHandler, defineRegions, region } from 'nuthatch';

interface Position {
  readonly x: number;
}

const { position, score } = defineRegions('behind-types', {
  position: region<[id: string], Position>({ writeBehind: true }),
  score: region<[id: string], number>({ writeBehind: { kind: 'delta', durability: 'none' } }),
});

@WriteBehindHandler(position, {
  batch: 10,
  permanent: (error) => (error instanceof RangeError ? true : undefined),
})
class RightHandler implements WriteBehindHandling<typeof position> {
  async write(batch: readonly BehindWrite<[id: string], Position>[]): Promise<void> {
    for (const { args, value, version, id } of batch)
      void [args[0].length, value.x, version.toFixed(), id.length];
  }
}

// @ts-expect-error the values of the region are positions
@WriteBehindHandler(position)
class WrongValue {
  async write(batch: readonly BehindWrite<[id: string], number>[]): Promise<void> {
    void batch;
  }
}

// @ts-expect-error the keys of the region are texts
@WriteBehindHandler(score)
class WrongArgs {
  async write(batch: readonly BehindWrite<[id: number], number>[]): Promise<void> {
    void batch;
  }
}

// @ts-expect-error there is no method write
@WriteBehindHandler(score)
class NoWrite {}

// @ts-expect-error nobody could wait for it
@WriteBehindHandler(score)
class NoPromise {
  write(): void {}
}

class Methods {
  @WriteBehind(position)
  async right(id: string): Promise<Position> {
    return { x: id.length };
  }

  @WriteBehind(position, (id: string, _x: number) => [id])
  async keyed(_id: string, x: number): Promise<Position> {
    return { x };
  }

  // @ts-expect-error it returns no position
  @WriteBehind(position)
  async wrongResult(id: string): Promise<string> {
    return id;
  }

  // @ts-expect-error it takes more than the key
  @WriteBehind(position)
  async wrongArgs(_id: string, x: number): Promise<Position> {
    return { x };
  }
}

/** Never called: what compiles here, and what does not, is the test. */
const CALLS = {
  behind: async (cache: CacheService): Promise<WriteBehindReceipt> =>
    cache.writeBehind(position, ['a'], { x: 1 }, { ttl: '1m' }),
  byHandle: async (handle: CacheOf<typeof position>) => handle.writeBehind(['a'], { x: 1 }),
  work: async (cache: CacheService): Promise<Position> =>
    cache.write(position, ['a'], async () => ({ x: 1 })),
  persist: async (cache: CacheService): Promise<Position> =>
    cache.write(position, ['a'], { x: 1 }, async ({ x }) => ({ x: x + 1 }), { ttl: '1m' }),
  persistNothing: async (handle: CacheOf<typeof position>): Promise<Position> =>
    handle.write(['a'], { x: 1 }, async () => {}),
  letters: async (cache: CacheService): Promise<number | undefined> =>
    (await cache.deadLetters(position).list())[0]?.write?.value.x,

  wrongValue: async (cache: CacheService) =>
    // @ts-expect-error the region's value is a position
    cache.writeBehind(position, ['a'], 'here'),
  wrongKey: async (cache: CacheService) =>
    // @ts-expect-error the region's key is a text
    cache.writeBehind(position, [1], { x: 1 }),
  wrongPersist: async (cache: CacheService) =>
    // @ts-expect-error what persist gives would be kept as a position
    cache.write(position, ['a'], { x: 1 }, async () => 'row'),
};

const OPTIONS = () => [
  // @ts-expect-error it is true, or says how
  region<[id: string], number>({ writeBehind: 'yes' }),
  // @ts-expect-error there is no such level
  region<[id: string], number>({ writeBehind: { durability: 'disk' } }),
];

describe('the types of write-behind', () => {
  it('are checked by the compiler alone', () => {
    expect([RightHandler, WrongValue, WrongArgs, NoWrite, NoPromise, Methods, CALLS, OPTIONS]).toHaveLength(
      8,
    );
  });
});
