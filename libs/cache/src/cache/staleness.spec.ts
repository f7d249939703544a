import { describe, expect, test } from '@jest/globals';
import type { WorldParts } from '../../../../test/support/fleet-world.js';
import { World } from '../../../../test/support/fleet-world.js';
import { resolveOptions } from '../cache.options.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[], number>('seeds', { tags: ['birds'] });
const { engine: options } = resolveOptions({ maxStaleness: '2s', memory: { maxItems: 10 } });

const parts: WorldParts<FakeClock> = {
  maxStalenessMs: 2_000,
  clock: () => new FakeClock(),
  cache: (clock, client) => {
    const shared = { store: client, channel: client };
    const ports = { clock, recorder: silentRecorder, reporter: silentReporter, shared };
    const engine = new Engine(ports, { ...options, maxTags: 10 });
    const cache = new CacheService(engine);
    engine.open();
    return {
      get: (load) => cache.getOrSet(seeds, [], load),
      evict: () => cache.evict(seeds, [[]]),
      invalidate: () => cache.invalidateTags('birds'),
    };
  },
};

describe.each(['evict', 'invalidate'] as const)(
  'a process that was stopped while another one wrote: %s',
  (how) => {
    /** Stops a process that has just asked for the row, and lets ten seconds pass in which the row is written. */
    const setUp = async (cached: boolean) => {
      const world = new World(parts);
      const [one, other] = [await world.start(), await world.start()];
      await (cached ? one : other).get();
      await world.pass(100);
      one.stop();
      const before = one.get();
      await world.pass(5_000);
      expect(await other.write(how)).toBe('confirmed');
      await world.pass(5_000);
      one.stopped = false;
      return { world, one, other, before };
    };

    test('serves nothing old from memory when it goes on', async () => {
      const { one, before } = await setUp(true);
      expect(await before).toBe(0);
      const after = one.get();
      one.client.resume('answers', 'messages');
      expect(await after).toBe(1);
    });

    test('lets nobody join a read whose answer was on its way', async () => {
      const { one, before } = await setUp(false);
      const after = one.get();
      one.client.resume('answers', 'messages');
      expect(await before).toBe(0);
      expect(await after).toBe(1);
    });

    test('keeps no answer that was on its way, though the messages are still on theirs', async () => {
      const { one, before } = await setUp(false);
      one.client.resume('answers');
      expect(await before).toBe(0);
      await one.clock.advance(0);
      expect(await one.get()).toBe(1);
    });
  },
);

describe('a process that is cut off from Redis', () => {
  const setUp = async () => {
    const world = new World(parts);
    const [one, other] = [await world.start(), await world.start()];
    one.client.leave();
    return { world, one, other };
  };

  test('keeps what it loads for outageTtl', async () => {
    const { world, one } = await setUp();
    for (let i = 0; i < 30; i++) {
      await one.get();
      await world.pass(100);
    }
    expect(one.loads).toBe(3);
  });

  test('lets nobody join a load that has run for longer than maxStaleness', async () => {
    const { world, one, other } = await setUp();
    const slow = one.get(5_000);
    await world.pass(100);
    await other.write('evict');
    await world.pass(1_900);
    const early = one.get();
    await world.pass(100);
    const late = one.get();
    await world.pass(5_000);
    expect(await Promise.all([slow, early, late])).toEqual([0, 0, 1]);
    expect(one.loads).toBe(2);
  });

  test('keeps nothing that it began to load longer ago than maxStaleness', async () => {
    const { world, one, other } = await setUp();
    const slow = one.get(5_000);
    await world.pass(100);
    await other.write('evict');
    await world.pass(5_000);
    expect(await slow).toBe(0);
    expect(await one.get()).toBe(1);
  });
});

describe('a channel that is silent', () => {
  test('gates memory after maxStaleness: the value comes from Redis again, and from memory after the next beat', async () => {
    const world = new World(parts);
    const one = await world.start();
    await one.get();
    one.client.hold('messages');
    await world.pass(1_500);
    await one.get();
    expect(one.client.sent.read).toBe(1);
    await world.pass(1_100);
    await one.get();
    expect(one.client.sent.read).toBe(2);
    expect(one.loads).toBe(1);
    one.client.resume('messages');
    await world.pass(600);
    await one.get();
    await one.get();
    expect(one.client.sent.read).toBeLessThanOrEqual(3);
    expect(one.loads).toBe(1);
  });
});

describe.each(['evict', 'invalidate'] as const)('an acknowledged write in the same process: %s', (how) => {
  test('is seen by the next read, though an earlier read overtook it on the way to the server', async () => {
    const world = new World(parts);
    const [one, other] = [await world.start(), await world.start()];
    await other.get();
    await world.pass(100);
    one.client.hold('commands', 'messages');
    const written = one.write(how);
    const overlapping = one.get();
    await one.clock.advance(0);
    one.client.delayOne();
    one.client.resumeOne('commands');
    expect(await overlapping).toBe(0);
    one.client.resume('commands');
    expect(await written).toBe('confirmed');
    expect(await one.get()).toBe(1);
  });

  test('is seen by a caller that finds an older load in the air', async () => {
    const world = new World(parts);
    const one = await world.start();
    const slow = one.get(500);
    await world.pass(100);
    one.client.hold('messages');
    expect(await one.write(how)).toBe('confirmed');
    const after = one.get();
    await world.pass(1_000);
    expect(await Promise.all([slow, after])).toEqual([0, 1]);
  });
});

test.each(['evict', 'invalidate'] as const)(
  'an answer that was overtaken by the message of a write in another process is not kept: %s',
  async (how) => {
    const world = new World(parts);
    const [one, other] = [await world.start(), await world.start()];
    await other.get();
    one.client.hold('answers');
    const before = one.get();
    await one.clock.advance(0);
    await other.write(how);
    one.client.resume('answers');
    expect(await before).toBe(0);
    expect(await one.get()).toBe(1);
  },
);

describe('callers that had joined a load', () => {
  const setUp = async () => {
    const world = new World(parts);
    const [one, other] = [await world.start(), await world.start()];
    const pilot = one.get(500);
    await world.pass(100);
    const joined = [one.get(), one.get(), one.get()];
    await world.pass(100);
    return { world, one, other, pilot, joined };
  };

  test.each(['evict', 'invalidate'] as const)(
    'ask once more, together, when another process overtook it: %s',
    async (how) => {
      const { world, one, other, pilot, joined } = await setUp();
      one.client.hold('messages');
      await other.write(how);
      await world.pass(1_000);
      expect(await pilot).toBe(0);
      expect(await Promise.all(joined)).toEqual([1, 1, 1]);
      expect(one.loads).toBe(2);
    },
  );

  test('ask no third time, when the second load was overtaken too', async () => {
    const { world, one, other, joined } = await setUp();
    one.client.hold('messages');
    await other.write('evict');
    // those aboard begin a second load when the first has landed; it takes as long
    await world.pass(500);
    expect(one.loads).toBe(2);
    await other.write('evict');
    await world.pass(1_000);
    expect(await Promise.all(joined)).toEqual([1, 1, 1]);
    expect(one.loads).toBe(2);
  });
});

describe('a tag', () => {
  test('whose nonce was read while the channel was broken is read again when it opens', async () => {
    const world = new World(parts);
    const [one, other] = [await world.start(), await world.start()];
    await other.get();
    one.client.breakChannel();
    await one.get();
    await other.write('invalidate');
    one.client.openChannel();
    await world.pass(2_500);
    expect(await one.get()).toBe(1);
  });

  test('that is invalidated while a value is loaded fences its fill: nobody finds it, in any process', async () => {
    const world = new World(parts);
    const [one, other, third] = [await world.start(), await world.start(), await world.start()];
    const slow = one.get(500);
    await world.pass(100);
    await other.write('invalidate');
    await world.pass(1_000);
    expect(await slow).toBe(0);
    const after = [one, other, third].map((process) => process.get());
    await world.pass(500);
    expect(await Promise.all(after)).toEqual([1, 1, 1]);
    expect(one.loads + other.loads + third.loads).toBe(2);
  });

  test('that is invalidated while a process waits for a load does not spoil the load of that process', async () => {
    const world = new World(parts);
    const [one, other, third] = [await world.start(), await world.start(), await world.start()];
    const loading = one.get(500);
    await world.pass(100);
    const waiting = other.get();
    await world.pass(100);
    await third.write('invalidate');
    await world.pass(1_000);
    expect(await Promise.all([loading, waiting])).toEqual([0, 1]);
    expect(await third.get()).toBe(1);
    expect([one.loads, other.loads, third.loads]).toEqual([1, 1, 0]);
  });
});
