import { describe, expect, test } from '@jest/globals';
import type { CacheStats } from 'nuthatch';
import { now } from './clock.js';
import type { Outcome } from './log.js';
import { Outcomes } from './outcomes.js';

interface Troubles {
  connected?: boolean;
  breaker?: 'open' | 'closed';
  connectionsLost?: number;
  commandFailures?: Record<string, number>;
  evictionsFailed?: number;
}

/** What the cache says of itself, with these troubles. */
function stats({ evictionsFailed = 0, ...redis }: Troubles): CacheStats {
  const sound = { connected: true, breaker: 'closed', connectionsLost: 0, commandFailures: {} };
  const instance = {
    redis: { ...sound, ...redis },
    totals: { evictionsFailed, clearsFailed: 0 },
    tags: { invalidationsFailed: 0 },
  };
  return { instance } as unknown as CacheStats;
}

/** What is said of a write that took `tookMs`, with these troubles before and after it. */
async function outcomeOf(before: Troubles, after: Troubles, tookMs = 1): Promise<Outcome | 'still waiting'> {
  let said = before;
  const outcomes = new Outcomes(() => Promise.resolve(stats(said)), 50);
  await outcomes.look();
  const end = now();
  let outcome: Outcome | 'still waiting' = 'still waiting';
  const tell = (what: Outcome) => (outcome = what);
  outcomes.expect({ before: outcomes.weather, start: end - tookMs * 1_000, end, tell });
  said = after;
  await outcomes.look();
  expect(outcomes.waiting).toBe(0);
  return outcome;
}

describe('the invalidation of a decorated method', () => {
  test('was confirmed when there was no trouble before nor after', async () => {
    expect(await outcomeOf({}, {})).toBe('confirmed');
    expect(await outcomeOf({ evictionsFailed: 3 }, { evictionsFailed: 3 })).toBe('confirmed');
  });

  test.each<Troubles>([
    { connected: false },
    { breaker: 'open' },
    { connectionsLost: 1 },
    { commandFailures: { ECONNRESET: 1 } },
    { evictionsFailed: 1 },
  ])('is anybody’s guess when there was trouble: %j', async (trouble) => {
    expect(await outcomeOf({}, trouble)).toBe('unknown');
  });

  test('is anybody’s guess when the trouble was there before', async () => {
    expect(await outcomeOf({ connected: false }, { connected: false })).toBe('unknown');
  });

  test('is anybody’s guess when it took as long as a timeout', async () => {
    expect(await outcomeOf({}, {}, 50)).toBe('unknown');
  });

  test('is not known before a look that began after it had ended', async () => {
    const outcomes = new Outcomes(() => Promise.resolve(stats({})), 50);
    const told: Outcome[] = [];
    const before = outcomes.weather;
    outcomes.expect({ before, start: now(), end: now() + 1e9, tell: (what) => told.push(what) });
    await outcomes.look();
    expect({ told, waiting: outcomes.waiting }).toEqual({ told: [], waiting: 1 });
  });
});
