import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheModuleOptions } from 'nuthatch';
import { eventually } from '../support/fleet.js';
import { RedisServer } from '../support/redis-server.js';
import type { Worker } from '../support/workers.js';
import { spawnWorker } from '../support/workers.js';
import type { CountersMethods } from './counters.worker.js';

let redis: RedisServer;
let database: RedisServer;
const workers: Worker<CountersMethods>[] = [];

beforeEach(async () => {
  [redis, database] = await Promise.all([RedisServer.start(), RedisServer.start()]);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await Promise.all([redis.stop(), database.stop()]);
});

type Process = Worker<CountersMethods>;

/** Processes that no busy machine brings to a timeout. */
async function start(size: number, cache: CacheModuleOptions = {}): Promise<Process[]> {
  const started = Array.from({ length: size }, () =>
    spawnWorker<CountersMethods>('protocol/counters.worker.ts'),
  );
  workers.push(...started);
  const options = { redis: redis.url, database: database.url };
  const settings = { redisBudget: '5s', ...cache } as const;
  await Promise.all(started.map((worker) => worker.call('start', { ...options, cache: settings })));
  return started;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('counters in several processes', () => {
  test('are right on each as soon as a vote of any is acknowledged, and are counted once', async () => {
    const processes = await start(3);
    for (const i of numbered(30)) {
      await processes[i % 3]?.call('vote', 'q', `member ${i % 20}`, i < 20 ? 'yea' : 'nay');
      const yea = i < 20 ? i + 1 : 20 - (i - 19);
      const expected = i < 20 ? { yea } : { yea, nay: i - 19 };
      for (const process of processes) expect(await process.call('counts', 'q')).toEqual(expected);
    }
    const counted = await Promise.all(processes.map((process) => process.call('counted')));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await processes[1]?.call('trending')).toEqual([['q', 20]]);
  });

  test('miss none of many votes that are cast at once, and count none twice', async () => {
    const processes = await start(3);
    const cast = numbered(600).map(async (i) =>
      processes[i % 3]?.call('vote', `q${i % 2}`, `member ${i % 150}`, i % 7 === 0 ? 'yea' : 'nay'),
    );
    const looks = numbered(100).map(async (i) => processes[i % 3]?.call('counts', `q${i % 2}`));
    for (const look of await Promise.all(looks))
      expect((look?.['yea'] ?? 0) + (look?.['nay'] ?? 0)).toBeLessThanOrEqual(75);
    await Promise.all(cast);
    for (const question of ['q0', 'q1']) {
      const rows = (await database.command('HVALS', `question:${question}`)).split('\n').filter(Boolean);
      const yea = rows.filter((position) => position === 'yea').length;
      for (const process of processes) {
        expect(await process.call('counts', question)).toEqual({ yea, nay: rows.length - yea });
      }
    }
    // each first vote raised its question once
    const trending = await Promise.all(processes.map((process) => process.call('trending')));
    for (const one of trending)
      expect([...one].sort()).toEqual(
        [
          ['q0', 75],
          ['q1', 75],
        ].sort(),
      );
  });

  test('count a vote once whose process was killed before it was added, and that was sent again', async () => {
    const [one, two] = await start(2, { maxWrite: '2s' });
    await two?.call('vote', 'q', 'a', 'yea');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 1 });
    one?.call('vote', 'q', 'b', 'yea', { dies: true }).catch(() => undefined);
    await eventually(async () => (await database.command('GET', 'died')).includes('1'));
    one?.kill('SIGKILL');
    await one?.exited;
    await two?.call('vote', 'q', 'b', 'nay');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 1, nay: 1 });
    const [three] = await start(1);
    expect(await three?.call('counts', 'q')).toEqual({ yea: 1, nay: 1 });
    expect(await three?.call('trending')).toEqual([['q', 2]]);
  });

  test('count a vote whose process was killed and that nobody sends again', async () => {
    const [one, two] = await start(2, { maxWrite: '1s' });
    expect(await two?.call('counts', 'q')).toEqual({});
    one?.call('vote', 'q', 'b', 'yea', { dies: true }).catch(() => undefined);
    await eventually(async () => (await database.command('GET', 'died')).includes('1'));
    one?.kill('SIGKILL');
    await eventually(async () => (await two?.call('counts', 'q'))?.['yea'] === 1);
    expect(await two?.call('trending')).toEqual([['q', 1]]);
  });

  test('are counted anew when Redis comes back without them, and votes go on meanwhile', async () => {
    const [one, two] = await start(2, { redisBudget: '100ms' });
    await one?.call('vote', 'q', 'a', 'yea');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 1 });
    const { port } = redis;
    await redis.stop();
    await one?.call('vote', 'q', 'b', 'yea');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 2 });
    redis = await RedisServer.start({ port });
    await one?.call('vote', 'q', 'c', 'nay');
    for (const process of [one, two]) {
      expect(await process?.call('counts', 'q')).toEqual({ yea: 2, nay: 1 });
    }
  });

  test('are removed by a vote that ends while Redis takes no writes, and asked of nobody who takes none', async () => {
    const [one, two] = await start(2, { redisBudget: '500ms' });
    await one?.call('vote', 'q', 'a', 'yea');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 1 });
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await one?.call('vote', 'q', 'b', 'yea');
    for (const process of [one, two]) expect(await process?.call('counts', 'q')).toEqual({ yea: 2 });
    await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await eventually(async () => {
      for (const process of [one, two]) expect(await process?.call('counts', 'q')).toEqual({ yea: 2 });
      return (await redis.command('EXISTS', 'votes:d:{votes.tally:s1:q}')).includes('1');
    });
  });

  test('are removed by a vote that ends while Redis is frozen and not asked any more', async () => {
    const [one, two] = await start(2, { redisBudget: '50ms' });
    await one?.call('vote', 'q', 'a', 'yea');
    expect(await two?.call('counts', 'q')).toEqual({ yea: 1 });
    const voting = one?.call('vote', 'q', 'b', 'yea', { takesMs: 600 });
    await eventually(async () => (await database.command('HLEN', 'question:q')).includes('2'));
    redis.freeze();
    await Promise.all(numbered(10).map(async () => one?.call('counts', 'q')));
    await voting;
    redis.thaw();
    for (const process of [one, two]) expect(await process?.call('counts', 'q')).toEqual({ yea: 2 });
  });
});
