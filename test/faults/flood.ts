import { setImmediate as turn } from 'node:timers/promises';
import { atLeast, atMost, none } from './bars.js';
import type { Scenario } from './scenario.js';
import type { Subject } from './subject.js';
import { regionOf } from './subject.js';

/** Callers at a time. */
const CALLERS = 256;
/** How often memory is looked at, in keys. */
const EVERY = 10_000;
/** The share of the keys after which everything that is bounded is full. */
const WARM = 0.3;

/** What the process weighs at a moment. */
interface Look {
  readonly keys: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

export const flood: Scenario = {
  name: 'flood',
  about: 'a million different keys are asked for, each once',
  run: async (world) => {
    const redis = await world.redis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
    const subject = await world.subject({ redis: { url: redis.url }, redisBudget: '1s' });
    await world.wait(500, 500);
    const count = world.time(1_000_000, 20_000);
    const looks: Look[] = [];
    const labels: number[] = [];
    let failed = 0;
    await forEach(count, async (i) => {
      await ask(subject, i).catch(() => failed++);
      if (i % EVERY !== 0) return;
      looks.push(await look(i));
      if (i >= count * WARM) labels.push(namesIn(await subject.stats()));
    });
    const [warm, end] = [looks.filter(isBetween(count, WARM, 0.6)), looks.filter(isBetween(count, 0.7, 1))];
    return {
      bars: [
        none('calls that failed', failed),
        atLeast('keys asked for', (await subject.stats()).values.requests, count),
        atMost('resident memory grew by, %', growth(warm, end, 'residentBytes'), 10, 'memory'),
        atMost('heap grew by, %', growth(warm, end, 'heapBytes'), 10, 'memory'),
        none('names that came into the statistics', Math.max(...labels) - Math.min(...labels)),
      ],
      details: { residentMB: mean(end, 'residentBytes') / 1e6, heapMB: mean(end, 'heapBytes') / 1e6 },
    };
  },
};

async function ask({ cache }: Subject, i: number): Promise<void> {
  const id = String(i);
  await cache.getOrSet(regionOf(id), [id], () => Promise.resolve({ id, version: 1, text: 'acorn' }));
}

/** Numbers from 0 up, some at a time. */
async function forEach(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function look(keys: number): Promise<Look> {
  globalThis.gc?.();
  await turn();
  const { rss, heapUsed } = process.memoryUsage();
  return { keys, residentBytes: rss, heapBytes: heapUsed };
}

const isBetween =
  (count: number, from: number, to: number) =>
  ({ keys }: Look): boolean =>
    keys >= count * from && keys <= count * to;

type Weight = 'residentBytes' | 'heapBytes';

function mean(looks: readonly Look[], of: Weight): number {
  return looks.reduce((sum, one) => sum + one[of], 0) / looks.length;
}

/** By how much the later looks weigh more, in per cent. */
function growth(before: readonly Look[], after: readonly Look[], of: Weight): number {
  return 100 * (mean(after, of) / mean(before, of) - 1);
}

/** How many names there are in all of the statistics, at any depth: what a key got into would grow without end. */
function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + 1 + namesIn(one), 0);
}
