import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { EventLog, eventually } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { RedisServer } from '../../../../test/support/redis-server.js';
import type { CacheModuleOptions } from '../cache.options.js';
import { resolveOptions } from '../cache.options.js';
import { CacheRuntime } from '../cache.runtime.js';
import { sleep, systemClock } from '../contracts/clock.js';
import { silentRecorder, silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

jest.setTimeout(30_000);

const seeds = new Region<[id: string], string>('seeds', {});

let server: RedisServer;
const running: CacheRuntime[] = [];
let ids = 0;
const fresh = () => `id${++ids}`;
const leaseOf = (id: string) => server.command('GET', `app:1:l:{seeds:s${id.length}:${id}}`);
const valueOf = (id: string) => server.command('EXISTS', `app:1:v:{seeds:s${id.length}:${id}}`);

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(() => server.stop());

afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.close()));
});

/** A loader that the test lets go, and how often it ran. */
function gated() {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const loads: string[] = [];
  const load = (who: string) => async () => {
    loads.push(who);
    await gate;
    return `from ${who}`;
  };
  return { load, loads, open };
}

async function processOf(options: CacheModuleOptions = {}) {
  const log = new EventLog();
  const redis = { url: server.url };
  // nothing here is about the budget: a busy machine must not make it so
  const resolved = resolveOptions({ redis, prefix: 'app', redisBudget: '5s', shutdownGrace: 0, ...options });
  const runtime = new CacheRuntime(resolved, { clock: systemClock, recorder: log, reporter: silentReporter });
  running.push(runtime);
  await runtime.open();
  await eventually(() => runtime.engine.partitions.named('default').store?.available('') === true);
  const cache = new CacheService(runtime.engine);
  const get = (id: string, load: () => Promise<string>) => cache.getOrSet(seeds, [id], load);
  return { runtime, cache, log, get };
}

describe('callers in several processes', () => {
  test('wait for the one load of the fleet and get its value', async () => {
    const [one, other, third] = await Promise.all([processOf(), processOf(), processOf()]);
    const id = fresh();
    const { load, loads, open } = gated();
    const values = [one.get(id, load('one'))];
    await eventually(() => loads.length === 1);
    for (const { get } of [one, other, third])
      for (let i = 0; i < 50; i++) values.push(get(id, load('late')));
    setTimeout(open, 100);
    expect(new Set(await Promise.all(values))).toEqual(new Set(['from one']));
    expect(loads).toEqual(['one']);
    expect([other.log.count('redis-hit'), third.log.count('redis-hit')]).toEqual([1, 1]);
  });

  test('wait for a load that takes longer than a lease lives: the lease is renewed', async () => {
    const [one, other] = await Promise.all([processOf({ leaseTtl: 300 }), processOf({ leaseTtl: 300 })]);
    const id = fresh();
    const { load, loads, open } = gated();
    const values = [one.get(id, load('one'))];
    await eventually(() => loads.length === 1);
    values.push(other.get(id, load('other')));
    setTimeout(open, 1_000);
    expect(await Promise.all(values)).toEqual(['from one', 'from one']);
    expect(loads).toEqual(['one']);
    await eventually(() => one.log.count('stored') === 1);
  });

  test('load at once when the loader fails: its error is its own, and the lease is given back', async () => {
    const [one, other] = await Promise.all([processOf({ leaseTtl: '60s' }), processOf({ leaseTtl: '60s' })]);
    const id = fresh();
    let fail: () => void = () => undefined;
    const failing = new Promise<string>((_, reject) => (fail = () => reject(new Error('no seeds'))));
    const first = one.get(id, () => failing);
    await eventually(() => leaseOf(id));
    const joined = one.get(id, () => Promise.resolve('never'));
    const second = other.get(id, () => Promise.resolve('from other'));
    fail();
    await expect(first).rejects.toThrow('no seeds');
    await expect(joined).rejects.toThrow('no seeds');
    expect(await second).toBe('from other');
    expect(await one.get(id, () => Promise.resolve('never'))).toBe('from other');
  });

  test('load when the process that loads is gone, one of them, after its lease has run out', async () => {
    const processes = [
      processOf({ leaseTtl: 300 }),
      processOf({ leaseTtl: 300 }),
      processOf({ leaseTtl: 300 }),
    ];
    const [one, other, third] = await Promise.all(
      processes as [(typeof processes)[0], (typeof processes)[0], (typeof processes)[0]],
    );
    const id = fresh();
    const lost = gated();
    const found = gated();
    found.open();
    void one.get(id, lost.load('one'));
    await eventually(() => leaseOf(id));
    const values = [other.get(id, found.load('rest')), third.get(id, found.load('rest'))];
    // all that a crash does to the others: no renewal, no fill
    one.runtime.client()?.disconnect();
    expect(await Promise.all(values)).toEqual(['from rest', 'from rest']);
    expect([lost.loads.length, found.loads.length]).toEqual([1, 1]);
    lost.open();
  });

  test('wait no longer than leaseWait, then load without storing', async () => {
    const [one, other] = await Promise.all([processOf(), processOf({ leaseWait: 50 })]);
    const id = fresh();
    const { load, loads, open } = gated();
    const first = one.get(id, load('one'));
    await eventually(() => loads.length === 1);
    expect(await other.get(id, () => Promise.resolve('from other'))).toBe('from other');
    expect(other.log.of('unstored')).toEqual([{ type: 'unstored', why: 'waited' }]);
    expect(await valueOf(id)).toBe('0');
    open();
    expect(await first).toBe('from one');
    await eventually(
      () => valueOf(id),
      (exists) => exists === '1',
    );
  });

  test('load without storing while a writer is at work, and do store when it has ended', async () => {
    const [one, other] = await Promise.all([processOf(), processOf()]);
    const id = fresh();
    const { writes, regions } = one.runtime.engine;
    const region = regions.resolve(seeds);
    const key = `seeds:s${id.length}:${id}`;
    const write = await writes.begin({ region, key, tags: [region.tag], lateTags: false });
    for (const { get, log } of [one, other]) {
      for (let i = 1; i <= 2; i++) {
        expect(await get(id, () => Promise.resolve(`early ${i}`))).toBe(`early ${i}`);
      }
      expect(log.of('unstored')).toEqual(Array(2).fill({ type: 'unstored', why: 'writing' }));
    }
    expect(await writes.commit(write, 'written', { kind: 'keep', ttlMs: 60_000 })).toBe('confirmed');
    expect(await other.get(id, () => Promise.resolve('never'))).toBe('written');
    expect(one.log.of('written')).toEqual([{ type: 'written', stored: true }]);
  });
});

test('a busy process does not take its own delay for the server’s: the answer is there when it looks', async () => {
  const [one, other] = await Promise.all([processOf(), processOf({ redisBudget: 50 })]);
  const id = fresh();
  await one.get(id, () => Promise.resolve('from one'));
  await eventually(
    () => valueOf(id),
    (exists) => exists === '1',
  );
  const value = other.get(id, () => Promise.resolve('from other'));
  // after the read was sent at the end of this tick
  process.nextTick(() => {
    const until = performance.now() + 200;
    while (performance.now() < until);
  });
  expect(await value).toBe('from one');
});

describe('on a slow network', () => {
  const setUp = () => {
    const server = new FakeServer(() => 0);
    const processOf = () => {
      const clock = new FakeClock();
      const client = new FakeClient(server);
      const shared = { store: client, channel: client };
      const ports = { clock, recorder: silentRecorder, reporter: silentReporter, shared };
      const cache = new CacheService(new Engine(ports, resolveOptions({}).engine));
      const loads: string[] = [];
      const get = (loadMs: number) =>
        cache.getOrSet(seeds, ['a'], async () => {
          loads.push('load');
          if (loadMs > 0) await sleep(clock, loadMs);
          return 'acorn';
        });
      return { clock, client, get, loads };
    };
    return { server, one: processOf(), other: processOf() };
  };

  test('a caller waits for a slow loader however often it must ask', async () => {
    const { one, other } = setUp();
    // 600 questions of 2 ms each are far more than the 50 ms of a call's budget
    other.client.delay = () => sleep(other.clock, 2);
    const values = [one.get(10_000)];
    await one.clock.advance(0);
    values.push(other.get(0));
    for (let at = 0; at < 10_500; at += 100) for (const { clock } of [one, other]) await clock.advance(100);
    expect(await Promise.all(values)).toEqual(['acorn', 'acorn']);
    expect([one.loads.length, other.loads.length]).toEqual([1, 0]);
  });

  test('a lease whose granting came too late bars nobody', async () => {
    const { server, one, other } = setUp();
    one.client.hold('answers');
    const first = one.get(0);
    await one.clock.advance(0);
    one.client.resumeOne('answers');
    await one.clock.advance(50);
    expect(await first).toBe('acorn');
    one.client.resume('answers');
    await one.clock.advance(0);
    expect(server.leases.size).toBe(0);
    const second = other.get(0);
    await other.clock.advance(0);
    expect(await second).toBe('acorn');
    expect(other.loads).toEqual(['load']);
    expect(server.values.size).toBe(1);
  });
});
