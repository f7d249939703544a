import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { CircuitBreaker, isOutage } from './circuit-breaker.js';

describe('an outage', () => {
  test.each([
    { failures: 1, forMs: 60_000, outage: false },
    { failures: 4, forMs: 60_000, outage: false },
    { failures: 5, forMs: 399, outage: false },
    { failures: 5, forMs: 400, outage: true },
    { failures: 5_000, forMs: 0, outage: false },
    { failures: 5_000, forMs: 400, outage: true },
  ])('of $failures failures in $forMs ms: $outage', ({ failures, forMs, outage }) => {
    expect(isOutage(failures, forMs)).toBe(outage);
  });
});

describe('a circuit breaker', () => {
  const setUp = () => {
    const clock = new FakeClock();
    const changes: string[] = [];
    const breaker = new CircuitBreaker(clock, (state) => changes.push(state));
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) breaker.failed();
    };
    /** Five failures over 400 ms. */
    const breakIt = async () => {
      fail(4);
      await clock.advance(400);
      fail(1);
    };
    return { clock, changes, breaker, fail, breakIt };
  };

  test('lets everything through while nothing fails', async () => {
    const { clock, breaker, changes } = setUp();
    for (let i = 0; i < 100; i++) {
      expect(breaker.allows()).toBe(true);
      await clock.advance(10);
    }
    expect(changes).toEqual([]);
  });

  test('opens at the fifth failure once nothing has succeeded for 400 ms, and says so once', async () => {
    const { clock, breaker, changes, fail } = setUp();
    fail(4);
    await clock.advance(400);
    expect(breaker.open).toBe(false);
    fail(1);
    expect(breaker.open).toBe(true);
    expect(breaker.allows()).toBe(false);
    fail(20);
    expect(changes).toEqual(['open']);
  });

  test('stays closed in a burst of failures, for the server may answer the next command', async () => {
    const { clock, breaker, fail } = setUp();
    fail(1_000);
    await clock.advance(399);
    fail(1_000);
    expect(breaker.open).toBe(false);
    expect(breaker.allows()).toBe(true);
  });

  test('does not flap: one success in a thousand failures keeps it closed', async () => {
    const { clock, breaker, changes, fail } = setUp();
    for (let i = 0; i < 100; i++) {
      fail(1_000);
      await clock.advance(399);
      fail(1_000);
      breaker.succeeded();
    }
    expect(changes).toEqual([]);
    expect(breaker.allows()).toBe(true);
  });

  test('counts from the first failure after a success, not from before it', async () => {
    const { clock, breaker, fail } = setUp();
    fail(4);
    await clock.advance(1_000);
    breaker.succeeded();
    fail(4);
    await clock.advance(399);
    fail(4);
    expect(breaker.open).toBe(false);
    await clock.advance(1);
    fail(1);
    expect(breaker.open).toBe(true);
  });

  test('lets one call a second through while it is open', async () => {
    const { clock, breaker, breakIt } = setUp();
    await breakIt();
    const called = async (ms: number) => {
      let letThrough = 0;
      for (let i = 0; i < ms / 10; i++) {
        await clock.advance(10);
        if (!breaker.allows()) continue;
        breaker.sent();
        letThrough++;
      }
      return letThrough;
    };
    expect(await called(990)).toBe(0);
    expect(await called(10)).toBe(1);
    expect(await called(3_000)).toBe(3);
  });

  test('is not asked in vain: a question after which nothing is sent uses up no probe', async () => {
    const { clock, breaker, breakIt } = setUp();
    await breakIt();
    await clock.advance(1_000);
    expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
    breaker.sent();
    expect(breaker.allows()).toBe(false);
  });

  test('lets no call through while something else is sent that tells as much', async () => {
    const { clock, breaker, breakIt } = setUp();
    await breakIt();
    for (let beat = 0; beat < 10; beat++) {
      await clock.advance(500);
      expect(breaker.allows()).toBe(false);
      breaker.sent();
    }
    breaker.succeeded();
    expect(breaker.allows()).toBe(true);
  });

  test('stays open when the probe fails, and closes with any success', async () => {
    const { clock, breaker, changes, fail, breakIt } = setUp();
    await breakIt();
    await clock.advance(1_000);
    expect(breaker.allows()).toBe(true);
    breaker.sent();
    fail(1);
    expect(breaker.allows()).toBe(false);
    breaker.succeeded();
    expect(breaker.allows()).toBe(true);
    expect(breaker.allows()).toBe(true);
    expect(changes).toEqual(['open', 'closed']);
  });

  test('needs a whole new outage to open again', async () => {
    const { breaker, changes, fail, breakIt } = setUp();
    await breakIt();
    breaker.succeeded();
    fail(1_000);
    expect(breaker.open).toBe(false);
    await breakIt();
    expect(changes).toEqual(['open', 'closed', 'open']);
  });
});
