import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CacheError } from '../contracts/errors.js';
import { systemClock } from '../contracts/clock.js';
import { FakeClock } from '../testing/fake-clock.js';
import { withDeadline } from './deadline.js';

const never = new Promise<never>(() => undefined);

describe('a deadline', () => {
  test('hands on a result that is in time, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    expect(await withDeadline(clock, 50, Promise.resolve('seed'))).toBe('seed');
    expect(clock.timers).toBe(0);
  });

  test('hands on the very error of the work, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const error = new CacheError('REDIS_REFUSED', 'OOM');
    await expect(withDeadline(clock, 50, Promise.reject(error))).rejects.toBe(error);
    expect(clock.timers).toBe(0);
  });

  test('makes an error of anything else that is thrown', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is what is tested
    const failure = withDeadline(new FakeClock(), 50, Promise.reject('broken'));
    await expect(failure).rejects.toMatchObject({ code: 'REDIS_REFUSED', message: 'broken' });
  });

  test('rejects with REDIS_TIMEOUT when the time is up, not before', async () => {
    const clock = new FakeClock();
    let failure: unknown;
    withDeadline(clock, 50, never).catch((error: unknown) => (failure = error));
    await clock.advance(49);
    expect(failure).toBeUndefined();
    await clock.advance(1);
    expect(failure).toMatchObject({ code: 'REDIS_TIMEOUT' });
  });

  test('ignores what comes after it, also a failure', async () => {
    const clock = new FakeClock();
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (fail = reject));
    const outcome = withDeadline(clock, 50, late).catch((error: CacheError) => error.code);
    await clock.advance(50);
    fail(new Error('too late'));
    await clock.advance(0);
    expect(await outcome).toBe('REDIS_TIMEOUT');
  });

  test('prefers an answer that has already arrived to the timer, when this process was the slow one', async () => {
    // answered by another thread while this one is busy; timers run before its callback does
    const work = new Promise<string>((resolve) => randomBytes(16, () => resolve('answer')));
    const started = withDeadline(systemClock, 10, work);
    const until = performance.now() + 100;
    while (performance.now() < until);
    await expect(started).resolves.toBe('answer');
  });
});
