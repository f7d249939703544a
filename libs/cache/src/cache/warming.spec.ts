import { describe, expect, test } from '@jest/globals';
import type { WarmSource } from '../contracts/warming.js';
import { loadWorld } from './loads.fixture.js';

const WHERE = ['memory', 'Redis'] as const;
const ids = (count: number) => Array.from({ length: count }, (_, i) => `id ${i}`);

type Source = WarmSource<[id: string], string>;

describe.each(WHERE)('a warming (%s)', (where) => {
  async function setUp(region = {}, module = {}) {
    const world = await loadWorld({ where, region, module });
    const loaded: string[] = [];
    const load = (id: string) => (loaded.push(id), Promise.resolve(`value of ${id}`));
    const warm = async (source: Source, options = {}) => {
      const { finished } = world.cache.warm(world.region, source, options);
      // pauses between looks need the clock
      let ended = false;
      void finished.finally(() => (ended = true));
      for (let round = 0; !ended && round < 10_000; round++) await world.clock.advance(10);
      return finished;
    };
    return { ...world, loaded, load, warm };
  }

  test('loads every key once and leaves it where reads find it', async () => {
    const { warm, load, loaded, cache, region } = await setUp();
    const report = await warm({ keys: ids(250), load });
    expect(report).toMatchObject({ outcome: 'complete', total: 250, done: 250, loaded: 250, fresh: 0 });
    expect([...loaded].sort()).toEqual(ids(250).sort());
    const values = await cache.getMany(
      region,
      ids(250).map((id) => [id]),
    );
    expect(values).toEqual(ids(250).map((id) => `value of ${id}`));
  });

  test('skips what is fresh', async () => {
    const { warm, load, loaded, cache, region, clock } = await setUp();
    await cache.getOrSet(region, ['id 1'], () => 'there');
    await clock.advance(0);
    const report = await warm({ keys: ids(3), load });
    expect(report).toMatchObject({ loaded: 2, fresh: 1, failed: 0 });
    expect([...loaded].sort()).toEqual(['id 0', 'id 2']);
    expect(await cache.get(region, ['id 1'])).toBe('there');
  });
});
