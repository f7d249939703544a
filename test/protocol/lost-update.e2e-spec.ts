import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Mutant, Way } from '../support/fleet.worker.js';
import { Fleet } from '../support/fleet-processes.js';

const ROUNDS = 500;
/** Rounds that run at the same time, each with a row of its own. */
const LANES = 10;
// A busy machine must not make a test of outcomes one of timeouts.
const cache = { redisBudget: '5s' } as const;

/**
 * The race that a cache loses: A's loader has read the old row, B commits and evicts, and only then A's loader returns.
 * Gives what the reads of all processes saw that began after that, twice each.
 */
async function race({ workers, database }: Fleet, way: Way, id: string): Promise<string[]> {
  const [a, b] = workers;
  if (a === undefined || b === undefined) throw new Error('a race needs two processes');
  await database.command('SET', `row:${id}`, 'old');
  await a.call('beginRead', way, id);
  await b.call('write', way, id, 'new');
  expect(await a.call('finishRead', id)).toBe('old');
  const seen = await Promise.all(workers.map((worker) => worker.call('read', way, id)));
  for (const worker of workers) seen.push(await worker.call('read', way, id));
  return seen;
}

/** How many of so many rounds ended with a read that saw the old row. */
async function staleRounds(fleet: Fleet, way: Way, rounds: number): Promise<number> {
  let stale = 0;
  let next = 0;
  const lane = async () => {
    for (let round = next++; round < rounds; round = next++) {
      const seen = await race(fleet, way, `${way.replaceAll(' ', '-')}-${round}`);
      if (seen.some((value) => value !== 'new')) stale++;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return stale;
}

describe('after a write was acknowledged', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start(3, { cache });
  });

  afterAll(() => fleet.stop());

  test.each<Way>(['key', 'tag', 'route', 'route by service'])(
    'no read in any process sees the old row, though a slow loader brings it: 500 rounds by %s',
    async (way) => {
      expect(await staleRounds(fleet, way, ROUNDS)).toBe(0);
    },
  );
});

describe('without its fence', () => {
  test.each<{ way: Way; mutant: Mutant }>([
    { way: 'key', mutant: 'fill' },
    { way: 'tag', mutant: 'tags' },
    { way: 'route', mutant: 'evict' },
    { way: 'route by service', mutant: 'evict' },
  ])('the same race is lost by $way: the test above can fail', async ({ way, mutant }) => {
    const fleet = await Fleet.start(3, { cache, mutant });
    try {
      expect(await staleRounds(fleet, way, 20)).toBeGreaterThan(0);
    } finally {
      await fleet.stop();
    }
  });
});
