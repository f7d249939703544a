import { describe, expect, test } from '@jest/globals';
import { loadWorld } from './loads.fixture.js';

const WHERE = ['memory', 'Redis'] as const;

describe.each(WHERE)('a read inside the load of the very key (%s)', (where) => {
  test('runs its own loader at once, as part of that load, and is no request of its own', async () => {
    const { cache, region, clock, log } = await loadWorld({ where });
    const outer = cache.getOrSet(region, ['a'], () => cache.getOrSet(region, ['a'], () => 'inner'));
    await clock.advance(0);
    expect(await outer).toBe('inner');
    await clock.advance(0);
    expect(await cache.get(region, ['a'])).toBe('inner');
    expect([log.count('loaded'), log.count('bypassed'), log.count('joined')]).toEqual([1, 0, 0]);
  });

  test('says what it says of the value of that load', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    const outer = cache.getOrSet(region, ['a'], () =>
      cache.getOrSet(region, ['a'], ({ ttl }) => (ttl('5s'), 'inner')),
    );
    await clock.advance(0);
    await outer;
    await clock.advance(0);
    expect(await cache.ttl(region, ['a'])).toBeLessThanOrEqual(5_000);
  });

  test('does not wait for itself in a batch either, nor two loads further in', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    const inner = (keys: readonly (readonly [string])[]) =>
      Promise.resolve(keys.map(([id]) => `inner ${id}`));
    const outer = cache.getOrSet(region, ['a'], () =>
      cache.getOrSet(region, ['b'], async () =>
        (await cache.getOrSetMany(region, [['a'], ['c']], inner)).join(),
      ),
    );
    await clock.advance(0);
    expect(await outer).toBe('inner a,inner c');
  });

  test('of a batch does not wait for itself', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    const outer = cache.getOrSetMany(region, [['a'], ['b']], async () => [
      await cache.getOrSet(region, ['a'], () => 'inner a'),
      'b',
    ]);
    await clock.advance(0);
    expect(await outer).toEqual(['inner a', 'b']);
  });

  test('asks like any other once that load has ended', async () => {
    const { cache, region, clock } = await loadWorld({ where });
    let go: () => void = () => undefined;
    const left: Promise<string>[] = [];
    const loads = { count: 0 };
    const outer = cache.getOrSet(region, ['a'], () => {
      const gate = new Promise<void>((resolve) => (go = resolve));
      left.push(gate.then(() => cache.getOrSet(region, ['a'], () => `load ${++loads.count}`)));
      return 'outer';
    });
    // another load keeps the context alive
    void cache.getOrSet(region, ['other'], () => new Promise<string>(() => undefined));
    await clock.advance(0);
    expect(await outer).toBe('outer');
    await clock.advance(0);
    go();
    await clock.advance(0);
    expect(await left[0]).toBe('outer');
    expect(loads.count).toBe(0);
  });
});
