import { describe, expect, test } from '@jest/globals';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[], number>('seeds', {});
const MAX_WRITE_MS = 10_000;

/** One row, a cache in memory in front of it, and writes that a test begins and ends when it likes. */
const setUp = () => {
  const clock = new FakeClock();
  const { engine: options } = resolveOptions({ maxWrite: MAX_WRITE_MS });
  const engine = new Engine({ clock, recorder: silentRecorder, reporter: silentReporter }, options);
  const cache = new CacheService(engine);
  const row = { value: 1 };
  const region = engine.regions.resolve(seeds);
  const begin = async () => {
    const write = await engine.writes.begin({ region, key: 'seeds:', tags: [region.tag], lateTags: false });
    return { end: (value: number) => engine.writes.commit(write, value, { kind: 'keep', ttlMs: 60_000 }) };
  };
  const get = () => cache.getOrSet(seeds, [], () => row.value);
  return { clock, cache, row, begin, get, stored: () => cache.get(seeds, []) };
};

describe('in memory only, while a write is under way', () => {
  test('nothing that is loaded is kept: the old row is not read again once somebody has seen the new one', async () => {
    const { row, begin, get } = setUp();
    const { end } = await begin();
    expect(await get()).toBe(1);
    row.value = 2;
    expect(await get()).toBe(2);
    await end(2);
    expect(await get()).toBe(2);
  });

  test('its value is kept when it ends, and loads are kept again', async () => {
    const { row, begin, get, stored } = setUp();
    const { end } = await begin();
    row.value = 2;
    await end(2);
    expect(await stored()).toBe(2);
    row.value = 3;
    expect(await get()).toBe(2);
  });

  test('the value of another one is not kept, whichever ends first: nobody knows whose came last', async () => {
    const { begin, stored } = setUp();
    const [first, second] = [await begin(), await begin()];
    await second.end(2);
    expect(await stored()).toBeUndefined();
    await first.end(3);
    expect(await stored()).toBeUndefined();
    await (await begin()).end(4);
    expect(await stored()).toBe(4);
  });

  test('an evict spoils it', async () => {
    const { cache, begin, stored } = setUp();
    const { end } = await begin();
    await cache.evict(seeds, [[]]);
    await end(2);
    expect(await stored()).toBeUndefined();
  });

  test('that never ends, loads are kept again after the longest time a write may take, and its value never', async () => {
    const { clock, row, begin, get, stored } = setUp();
    const { end } = await begin();
    await clock.advance(MAX_WRITE_MS);
    await get();
    row.value = 2;
    expect(await get()).toBe(1);
    await end(9);
    expect(await stored()).toBeUndefined();
  });
});
