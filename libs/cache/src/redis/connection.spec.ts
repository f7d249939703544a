import { describe, expect, test } from '@jest/globals';
import { describeFailure, retryDelay } from './connection.js';

describe('the pause before the next attempt to connect', () => {
  test('doubles from 50 ms up to 2 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 100, 1e6].map((attempt) => retryDelay(attempt, () => 1));
    expect(longest).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000]);
  });

  test('is less by up to a half, by chance, so that a fleet does not return at once', () => {
    expect(retryDelay(4, () => 0)).toBe(200);
    expect(retryDelay(4, () => 0.5)).toBe(300);
    const delays = Array.from({ length: 1_000 }, () => retryDelay(7));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
    expect(new Set(delays).size).toBeGreaterThan(100);
  });
});

describe('a failure in words', () => {
  test.each([
    {
      error: Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:6379'), { code: 'ECONNREFUSED' }),
      words: 'ECONNREFUSED',
    },
    { error: new Error("OOM command not allowed when used memory > 'maxmemory'. script: f00"), words: 'OOM' },
    {
      error: new Error('WRONGTYPE Operation against a key holding the wrong kind of value'),
      words: 'WRONGTYPE',
    },
    { error: new Error('WRONGPASS invalid username-password pair: admin'), words: 'WRONGPASS' },
    { error: new Error('something about the key secret-seed'), words: 'Error' },
    { error: { code: 'EPIPE', message: 'write EPIPE' }, words: 'EPIPE' },
    { error: {}, words: 'unknown failure' },
    { error: 'text with a secret-seed', words: 'unknown failure' },
    { error: undefined, words: 'unknown failure' },
  ])('is $words, and nothing of what was sent', ({ error, words }) => {
    expect(describeFailure(error)).toBe(words);
  });
});
