import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import type { RunReport } from './check.js';

const RUN_MS = 120_000;
const MAIN = join(import.meta.dirname, '../.out/test/consistency/main.js');

interface Outcome {
  readonly code: number;
  readonly report: RunReport;
  readonly errors: string;
}

/** Runs the checker as `npm run check:consistency` does, without compiling. */
async function check(...args: string[]): Promise<Outcome> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} does not exist: compile it with npx tsc -b`);
  const run = promisify(execFile)(process.execPath, [MAIN, '--json', ...args]);
  const ended = await run.catch((error: { code: number; stdout: string; stderr: string }) => error);
  const code = 'code' in ended ? ended.code : 0;
  const line = ended.stdout.trim().split('\n').at(-1) ?? '';
  return { code, report: JSON.parse(line || '{}') as RunReport, errors: ended.stderr };
}

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
    for (const { file, find } of replacements) {
      const source = readFileSync(join(import.meta.dirname, '../../libs/cache/dist', file), 'utf8');
      expect({ file, find, times: source.split(find).length - 1 }).toEqual({ file, find, times: 1 });
    }
  });

  test('the rules that a mutant can lack are listed when it is unknown', async () => {
    const { code, errors } = await check('--mutant', 'nobody');
    expect(code).toBe(1);
    for (const name of Object.keys(MUTANTS)) expect(errors).toContain(name);
  });
});
