import { describe, expect, it } from '@jest/globals';
import { killed } from './killed.js';
import { breaches, play } from './outcome.js';

// `npm run check:faults` plays them at their full length and judges times and memory as well.
describe('Under load, in short', () => {
  it.each([killed])('$about: what is promised holds', async (scenario) => {
    const judged = await play(scenario, 'short');
    expect(breaches(judged, 'count')).toEqual([]);
    expect(judged.outcome.requests).toBeGreaterThan(300);
  });
});
