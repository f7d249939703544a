import { expect, it } from '@jest/globals';
import { breaches, play } from './outcome.js';
import type { Scenario } from './scenario.js';

/**
 * The short version of scenarios as tests: outcomes and counts. `npm run check:faults` plays them at their full length, and
 * judges times and memory as well.
 */
export function expectInShort(...scenarios: readonly Scenario[]): void {
  it.each(scenarios)('$about: nobody notices', async (scenario) => {
    const judged = await play(scenario, 'short');
    expect(breaches(judged, 'count')).toEqual([]);
    expect(judged.outcome.requests).toBeGreaterThan(300);
  });
}

/** The same for scenarios that ask by themselves: their bars say whether they have asked enough. */
export function expectBarsInShort(...scenarios: readonly Scenario[]): void {
  it.each(scenarios)('$about: every bar is kept', async (scenario) => {
    expect(breaches(await play(scenario, 'short'), 'count')).toEqual([]);
  });
}
