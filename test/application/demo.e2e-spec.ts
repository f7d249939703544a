import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';

interface Measured {
  readonly requests: number;
  readonly failed: number;
  readonly hitRate: number;
  readonly memoryHits: number;
  readonly redisHits: number;
  readonly meanMs: number;
  readonly redis: boolean;
}

/** Runs the demo as `npm run demo -- …` does. */
async function demo(...args: string[]) {
  const path = join(process.cwd(), 'apps/governance-api/demo.mjs');
  const { REDIS_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, said, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { printed, said, code };
}

it('The demo ends by itself with one line of JSON: no request has failed, and most were answered by the cache', async () => {
  const { printed, said, code } = await demo('--for', '4s', '--json');
  expect(said).toMatch(/Warming the cache: 100 %, 10\d\d values loaded, 0 failed/);
  expect(printed).toMatch(/hit rate of the reads/);
  const measured = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '') as Measured;
  expect(measured).toMatchObject({ failed: 0, redis: true });
  expect(measured.requests).toBeGreaterThan(0);
  expect(measured.memoryHits + measured.redisHits).toBeGreaterThan(0);
  // how many keys are asked for the first time depends on how fast the machine is
  expect(measured.hitRate).toBeGreaterThan(0.3);
  expect(measured.hitRate).toBeLessThan(1);
  expect(code).toBe(0);
});
