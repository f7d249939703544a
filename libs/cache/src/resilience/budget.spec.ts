import { describe, expect, test } from '@jest/globals';
import { sleep } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Budget } from './budget.js';

const setUp = (ms = 50) => {
  const clock = new FakeClock();
  const seen = { timeouts: 0 };
  const budget = new Budget(clock, ms, () => seen.timeouts++);
  /** A server that answers after `delay` milliseconds. */
  const answer = (delay: number) => async () => {
    await sleep(clock, delay);
    return delay;
  };
  /** Moves time until a promise settles. */
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    await clock.advance(10_000);
    return work;
  };
  return { clock, seen, budget, answer, settle };
};

describe('the budget of a call', () => {
  test('pays for the steps one after the other until it is spent', async () => {
    const { clock, seen, budget, answer } = setUp(50);
    const outcomes: (number | string)[] = [];
    const run = async () => {
      for (const delay of [30, 15, 6]) {
        const step = await budget.step(answer(delay));
        outcomes.push(step.ok ? step.value : (step.error as CacheError).code, clock.now());
      }
    };
    const running = run();
    await clock.advance(100);
    await running;
    expect(outcomes).toEqual([30, 30, 15, 45, 'REDIS_TIMEOUT', 50]);
    expect(seen.timeouts).toBe(1);
  });

  test('starts no work once it is spent', async () => {
    const { budget, answer, settle } = setUp(10);
    await settle(budget.step(answer(20)));
    expect(budget.spent).toBe(true);
    let started = 0;
    const work = async () => ++started;
    const step = await budget.step(work);
    expect(step).toMatchObject({ ok: false, error: { code: 'REDIS_TIMEOUT' } });
    expect(await budget.poll(work)).toMatchObject({ ok: false });
    expect(started).toBe(0);
  });

  test('is spent by the first failure, which is no timeout', async () => {
    const { budget, seen } = setUp();
    const error = new CacheError('REDIS_UNAVAILABLE', 'gone');
    expect(await budget.step(() => Promise.reject(error))).toEqual({ ok: false, error });
    expect(budget.spent).toBe(true);
    expect(seen.timeouts).toBe(0);
  });

  test('can be given up', async () => {
    const { budget } = setUp();
    budget.exhaust();
    expect(budget.spent).toBe(true);
    expect(await budget.step(async () => 1)).toMatchObject({ ok: false });
  });

  test('is not spent by questions that are repeated while somebody else loads', async () => {
    const { budget, answer, settle } = setUp(50);
    for (let i = 0; i < 100; i++) {
      expect(await settle(budget.poll(answer(40)))).toEqual({ ok: true, value: 40 });
    }
    expect(budget.spent).toBe(false);
  });

  test('is spent by such a question that gets no answer, also for a step that runs beside it', async () => {
    const { clock, budget, answer, seen } = setUp(50);
    const unanswered = budget.poll(answer(1_000));
    const beside = budget.step(answer(60));
    await clock.advance(50);
    expect(await unanswered).toMatchObject({ ok: false });
    expect(await beside).toMatchObject({ ok: false });
    expect(budget.spent).toBe(true);
    expect(seen.timeouts).toBe(2);
  });

  test('stays spent when a question that was under way gets its answer after all', async () => {
    const { clock, budget, answer } = setUp(50);
    const polling = budget.poll(answer(40));
    const failing = budget.step(() => Promise.reject(new CacheError('REDIS_UNAVAILABLE', 'gone')));
    expect(await failing).toMatchObject({ ok: false });
    await clock.advance(40);
    expect(await polling).toEqual({ ok: true, value: 40 });
    expect(budget.spent).toBe(true);
  });
});
