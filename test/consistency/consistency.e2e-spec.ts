import { describe, expect, test } from '@jest/globals';
import { misfits, runCheck } from '../support/check-run.js';
import { MUTANTS } from './mutants.js';
import type { RunReport } from './check.js';

const RUN_MS = 120_000;

const check = (...args: string[]) => runCheck<RunReport>('consistency', args);

const NONE = {
  staleOwn: 0,
  staleRedis: 0,
  staleBeyondBound: 0,
  future: 0,
  backwards: 0,
  divergent: 0,
  failedReads: 0,
  unfit: [],
};

describe('an acknowledged evict is final', () => {
  test.each([
    { redis: 'one server', args: [] },
    { redis: 'a Cluster', args: ['--cluster'] },
  ])(
    'in several processes with $redis: no read is older than it may be, whatever the way of reading and writing',
    async ({ args }) => {
      const { code, report, errors } = await check('--seconds', '10', '--processes', '3', ...args);
      expect({ code, errors, ...report }).toMatchObject({ code: 0, errors: '', ...NONE });
    },
    RUN_MS,
  );
});

describe('without one of its rules', () => {
  test.each(['no-fence', 'tags-read-after-load'])(
    'the library is found out: %s',
    async (mutant) => {
      const { code, report } = await check('--seconds', '30', '--processes', '3', '--mutant', mutant);
      expect({ code, found: report.found }).toEqual({ code: 1, found: true });
    },
    RUN_MS,
  );

  test.each(Object.entries(MUTANTS))('the library is as the mutant expects it: %s', (_, { replacements }) => {
    expect(misfits(replacements)).toEqual([]);
  });

  test('the rules that a mutant can lack are listed when it is unknown', async () => {
    const { code, errors } = await check('--mutant', 'nobody');
    expect(code).toBe(1);
    for (const name of Object.keys(MUTANTS)) expect(errors).toContain(name);
  });
});
