import { afterEach, describe, expect, test } from '@jest/globals';
import type { CacheModuleOptions } from 'nuthatch';
import { eventually } from '../support/fleet.js';
import { RedisServer } from '../support/redis-server.js';
import type { Worker } from '../support/workers.js';
import { spawnWorker } from '../support/workers.js';
import type { WarmingMethods, WarmingWorkerOptions } from './warming.worker.js';

const ROWS = 500;
const INSTANCES = 3;

let redis: RedisServer;
let database: RedisServer;
let workers: readonly Worker<WarmingMethods>[] = [];

type How = Pick<Partial<WarmingWorkerOptions>, 'loadMs' | 'batch'> & { readonly cache?: CacheModuleOptions };

/** Instances that boot at once, with warming, on an empty Redis. */
async function boot({ loadMs = 5, batch, cache }: How = {}) {
  [redis, database] = await Promise.all([RedisServer.start(), RedisServer.start()]);
  workers = Array.from({ length: INSTANCES }, () => spawnWorker<WarmingMethods>('warming/warming.worker.ts'));
  const urls = { redis: redis.url, database: database.url };
  // what is tested are counts: no busy machine may bring a call to a timeout
  const options = { redisBudget: '5s', warming: { atBoot: true }, ...cache } as const;
  const start = { ...urls, rows: ROWS, loadMs, ...(batch && { batch }), cache: options };
  await Promise.all(workers.map((worker) => worker.call('start', start)));
  // none may have loaded everything before the last of them is there
  await eventually(loads, (begun) => workers.every((worker) => begun.some(({ pid }) => pid === worker.pid)));
  await database.command('SET', 'go', '1');
}

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all([redis.stop(), database.stop()]);
});

/** Every load that was begun in the fleet: who loaded what. */
async function loads(): Promise<{ readonly pid: number; readonly id: string }[]> {
  const lines = (await database.command('LRANGE', 'loads', '0', '-1')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [pid, id = ''] = line.split(' ');
    return { pid: Number(pid), id };
  });
}

const finished = (of = workers) => Promise.all(of.map((worker) => worker.call('finished')));
const sum = (counts: readonly (number | undefined)[]) =>
  counts.reduce<number>((all, one) => all + (one ?? 0), 0);

describe('Three instances that boot at once with warming on an empty Redis', () => {
  test.each([undefined, 20])(
    'load each key once in the fleet, and each a part of them (batch: %s)',
    async (batch) => {
      await boot({ batch });
      const reports = await finished();
      const all = await loads();
      expect(all).toHaveLength(ROWS);
      expect(new Set(all.map(({ id }) => id)).size).toBe(ROWS);
      expect(sum(reports.map((report) => report?.loaded))).toBe(ROWS);
      for (const report of reports)
        expect(report).toMatchObject({ outcome: 'complete', total: ROWS, done: ROWS, failed: 0 });
      for (const report of reports) expect(report?.loaded).toBeGreaterThan(0);
      for (const worker of workers) expect(await worker.call('warm')).toBe(ROWS);
      expect(await loads()).toHaveLength(ROWS);
    },
  );

  test('have every key warm although one of them is killed: what it was loading is loaded once more', async () => {
    await boot({ loadMs: 20, cache: { warming: { atBoot: true, concurrency: 4 } } });
    const [killed, ...others] = workers;
    await eventually(loads, (begun) => begun.filter(({ pid }) => pid === killed?.pid).length > 20);
    killed?.kill('SIGKILL');
    const reports = await finished(others);
    for (const report of reports)
      expect(report).toMatchObject({ outcome: 'complete', done: ROWS, failed: 0 });
    const all = await loads();
    expect(new Set(all.map(({ id }) => id)).size).toBe(ROWS);
    const byOthers = all.filter(({ pid }) => pid !== killed?.pid).map(({ id }) => id);
    expect(new Set(byOthers).size).toBe(byOthers.length);
    // at most what was in the air in the process that was killed
    expect(all.length - ROWS).toBeLessThanOrEqual(4);
    for (const worker of others) expect(await worker.call('warm')).toBe(ROWS);
  });
});
