import { describe, expect, it } from '@jest/globals';
import { highestFirst, scoreAt, TRENDING_HALF_LIFE_MS } from './trend.js';

const DAY = TRENDING_HALF_LIFE_MS;

describe('A decayed score', () => {
  it('is the weight at the last vote, and half of it a half-life later', () => {
    const trend = { questionId: 7, latest: 5 * DAY, weight: 12 };
    expect(scoreAt(trend, 5 * DAY)).toEqual({ questionId: 7, score: 12 });
    expect(scoreAt(trend, 6 * DAY).score).toBe(6);
    expect(scoreAt(trend, 8.5 * DAY).score).toBeCloseTo(12 / 2 ** 3.5, 12);
  });

  it('is 0 when it is too small for a number', () => {
    expect(scoreAt({ questionId: 7, latest: 0, weight: 12 }, 2_000 * DAY).score).toBe(0);
  });
});

describe('Trends', () => {
  it('are ordered by score, at whatever time, and then by question', () => {
    const trends = [
      { questionId: 1, latest: 10 * DAY, weight: 1 },
      { questionId: 2, latest: 8 * DAY, weight: 5 },
      { questionId: 3, latest: 9 * DAY, weight: 1.9 },
      { questionId: 5, latest: 0, weight: 1 },
      { questionId: 4, latest: 0, weight: 1 },
    ];
    expect(highestFirst(trends).map(({ questionId }) => questionId)).toEqual([2, 1, 3, 4, 5]);
    // also where the scores themselves would all be 0
    const old = trends.map((trend) => ({ ...trend, latest: trend.latest - 10_000 * DAY }));
    expect(highestFirst(old).map(({ questionId }) => questionId)).toEqual([2, 1, 3, 4, 5]);
  });
});
