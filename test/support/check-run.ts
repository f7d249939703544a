import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Replacement } from './mutation.js';

/** How a check ended: its exit code, its line of JSON, and what it complained of. */
export interface CheckRun<T> {
  readonly code: number;
  readonly report: T;
  readonly errors: string;
}

/** Runs a check as its `npm run check:...` does, without compiling. `folder` is below test/. */
export async function runCheck<T>(folder: string, args: readonly string[]): Promise<CheckRun<T>> {
  const main = join(import.meta.dirname, '../.out/test', folder, 'main.js');
  if (!existsSync(main)) throw new Error(`${main} does not exist: compile it with npx tsc -b`);
  const run = promisify(execFile)(process.execPath, [main, '--json', ...args]);
  const ended = await run.catch((error: { code: number; stdout: string; stderr: string }) => error);
  const code = 'code' in ended ? ended.code : 0;
  const line = ended.stdout.trim().split('\n').at(-1) ?? '';
  return { code, report: JSON.parse(line || '{}') as T, errors: ended.stderr };
}

/** The replacements that do not fit the compiled library exactly once: a mutant that fits no more would be found by nobody. */
export function misfits(replacements: readonly Replacement[]): readonly string[] {
  return replacements
    .filter(({ file, find }) => {
      const source = readFileSync(join(import.meta.dirname, '../../libs/cache/dist', file), 'utf8');
      return source.split(find).length !== 2;
    })
    .map(({ file, find }) => `${file}: ${find}`);
}
