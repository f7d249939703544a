import { describe, expect, test } from '@jest/globals';
import { misfits, runCheck } from '../support/check-run.js';
import type { BenchReport } from './bench.js';
import type { Outcome } from './check.js';
import { MUTANTS } from './mutants.js';

const RUN_MS = 240_000;

const run = <T>(...args: string[]) => runCheck<T>('write-behind-check', args);

test(
  'what was acknowledged reaches the database once and in order, and is read at once, whatever dies, freezes or goes away',
  async () => {
    const { code, report, errors } = await run<Outcome>('--seconds', '10', '--rate', '600');
    const kept = { lost: 0, regressions: 0, wrongFinals: 0, wrongDeadLetters: 0, staleReads: 0, left: 0 };
    const ended = { code, errors, ...report };
    expect(ended).toMatchObject({ code: 0, errors: '', ...kept, faults: [] });
  },
  RUN_MS,
);

describe('without one of its rules', () => {
  test.each(Object.entries(MUTANTS))(
    'write-behind is found out: %s',
    async (mutant, { broken }) => {
      const { code, report } = await run<Outcome>('--seconds', '4', '--rate', '600', '--mutant', mutant);
      expect(code).toBe(1);
      expect(report[broken]).toBeGreaterThan(0);
    },
    RUN_MS,
  );

  test.each(Object.entries(MUTANTS))('the library is as the mutant expects it: %s', (_, { replacements }) => {
    expect(misfits(replacements)).toEqual([]);
  });

  test('the rules that a mutant can lack are listed when it is unknown', async () => {
    const { code, errors } = await run('--mutant', 'nobody');
    expect(code).toBe(1);
    for (const name of Object.keys(MUTANTS)) expect(errors).toContain(name);
  });
});

test(
  'writing behind sends fewer statements to the database than writing through',
  async () => {
    const { code, report } = await run<BenchReport>('--bench', '--seconds', '6');
    expect(code).toBe(0);
    expect(report.behind.acked).toBeGreaterThan(0);
    expect(report.through.statements).toBe(report.through.acked);
    expect(report.statementsSaved).toBeGreaterThan(0);
  },
  RUN_MS,
);
