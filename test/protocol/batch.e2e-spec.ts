import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheModuleOptions } from 'nuthatch';
import { callsDuring, callsOf, eventually } from '../support/fleet.js';
import { RedisServer } from '../support/redis-server.js';
import type { Worker } from '../support/workers.js';
import { spawnWorker } from '../support/workers.js';
import type { BatchMethods } from './batch.worker.js';

let redis: RedisServer;
let database: RedisServer;
let workers: Worker<BatchMethods>[] = [];

beforeEach(async () => {
  [redis, database] = await Promise.all([RedisServer.start(), RedisServer.start()]);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await Promise.all([redis.stop(), database.stop()]);
});

/** Processes that no busy machine brings to a timeout, and whose beats are so rare that they disturb no count. */
async function start(size: number, cache: CacheModuleOptions = {}): Promise<Worker<BatchMethods>[]> {
  workers = Array.from({ length: size }, () => spawnWorker<BatchMethods>('protocol/batch.worker.ts'));
  const options = { redis: redis.url, database: database.url };
  const settings = { maxStaleness: '60s', redisBudget: '5s', ...cache } as const;
  await Promise.all(workers.map((worker) => worker.call('start', { ...options, cache: settings })));
  await database.command('DEL', 'calls');
  return workers;
}

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => `id${first + i}`);

async function writeRows(ids: readonly string[], value: (id: string) => string) {
  await Promise.all(ids.map((id) => database.command('SET', `row:${id}`, value(id))));
}

/** The calls of loaders in all processes: who called, and for which keys. */
async function loaderCalls() {
  const lines = await database.command('LRANGE', 'calls', '0', '-1');
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .map(([pid, ...ids]) => ({ pid: Number(pid), ids }));
}

/** The fill goes on after the answer. */
const isStored = (worker: Worker<BatchMethods> | undefined, ids: readonly string[]) =>
  eventually(
    async () => (await worker?.call('peekMany', ids)) ?? [],
    (values) => values.every((value) => value !== undefined),
  );

describe('batches in several processes', () => {
  test('load each key once, though batches and single calls overlap', async () => {
    const [one, two, three] = await start(3);
    const all = idsFrom(0, 60);
    await writeRows(all, (id) => `row of ${id}`);
    const reads = [
      { by: one, ids: idsFrom(0, 40) },
      { by: two, ids: idsFrom(20, 40).reverse() },
      { by: three, ids: idsFrom(10, 30) },
      { by: one, ids: idsFrom(30, 30) },
    ].map(async ({ by, ids }) => ({ ids, values: await by?.call('readMany', ids, 100) }));
    const singles = { ids: idsFrom(15, 30), values: two?.call('readEach', idsFrom(15, 30), 100) };
    for (const { ids, values } of [
      ...(await Promise.all(reads)),
      { ...singles, values: await singles.values },
    ]) {
      expect(values).toEqual(ids.map((id) => `row of ${id}`));
    }
    const loaded = (await loaderCalls()).flatMap(({ ids }) => ids);
    expect(loaded.sort()).toEqual([...all].sort());
  });

  test('ask their loader only for what no other process has stored', async () => {
    const [one, two] = await start(2);
    await writeRows(['a', 'b', 'c', 'd'], (id) => `row of ${id}`);
    await one?.call('readMany', ['a', 'b']);
    await isStored(one, ['a', 'b']);
    const values = await two?.call('readMany', ['d', 'a', 'c', 'b']);
    expect(values).toEqual(['row of d', 'row of a', 'row of c', 'row of b']);
    expect(await loaderCalls()).toEqual([
      { pid: one?.pid, ids: ['a', 'b'] },
      { pid: two?.pid, ids: ['d', 'c'] },
    ]);
  });

  test('read 50 stored keys with one command, and send 50 misses away in three times one go', async () => {
    const [one, two] = await start(2);
    const ids = idsFrom(0, 50);
    // a lease and a fill for each, and one question for the nonce of their region
    const evalsha = 50 + 1 + 50;
    const cold = await callsDuring(redis, async () => {
      const before = (await callsOf(redis))['evalsha'] ?? 0;
      await one?.call('readMany', ids);
      // who asks for the values before they are stored would read them himself
      await eventually(async () => ((await callsOf(redis))['evalsha'] ?? 0) >= before + evalsha);
    });
    expect(cold).toMatchObject({ mget: 1, evalsha });
    await isStored(one, ids);
    expect(await callsDuring(redis, async () => two?.call('readMany', ids))).toEqual({ mget: 1 });
    expect(await callsDuring(redis, async () => two?.call('peekMany', ids))).toEqual({});
    expect(await loaderCalls()).toEqual([{ pid: one?.pid, ids }]);
  });

  test('load what a killed process was loading, once, after its leases have run out; nobody else fails', async () => {
    const [killed, two, three] = await start(3, { leaseTtl: '1s' });
    await writeRows(['a', 'b', 'c'], (id) => `row of ${id}`);
    await killed?.call('beginRead', ['a', 'b']);
    await eventually(loaderCalls, (calls) => calls.length === 1);
    const values = two?.call('readMany', ['b', 'c']);
    await eventually(loaderCalls, (calls) => calls.length === 2);
    killed?.kill('SIGKILL');
    expect(await values).toEqual(['row of b', 'row of c']);
    expect(await loaderCalls()).toEqual([
      { pid: killed?.pid, ids: ['a', 'b'] },
      { pid: two?.pid, ids: ['c'] },
      { pid: two?.pid, ids: ['b'] },
    ]);
    // what the second call brought is not stored; the leases are free, so the next one stores it
    expect(await three?.call('readMany', ['a', 'b', 'c'])).toEqual(['row of a', 'row of b', 'row of c']);
    await isStored(two, ['a', 'b', 'c']);
  });

  test('keep nothing that was evicted while their loader was on its way; what is beside it they keep', async () => {
    const [one, two] = await start(2);
    await writeRows(['a', 'b'], () => 'old');
    await one?.call('beginRead', ['a', 'b']);
    await eventually(loaderCalls, (calls) => calls.length === 1);
    expect(await two?.call('write', 'a', 'new')).toBe('confirmed');
    expect(await one?.call('finishRead')).toEqual(['old', 'old']);
    await isStored(two, ['b']);
    for (const worker of workers) expect(await worker.call('readMany', ['a', 'b'])).toEqual(['new', 'old']);
    expect((await loaderCalls()).map(({ ids }) => ids)).toEqual([['a', 'b'], ['a']]);
  });
});
