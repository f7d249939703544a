import { expect, test } from '@jest/globals';
import { EventLog } from '../../../../test/support/fleet.js';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { resolveOptions } from '../cache.options.js';
import { silentReporter } from '../contracts/events.js';
import { Region } from '../contracts/region.js';
import { FakeClock } from '../testing/fake-clock.js';
import { CacheService } from './cache-service.js';
import { Engine } from './engine.js';

const seeds = new Region<[id: string], string>('seeds', { tags: ['birds'] });

async function processOn(server: FakeServer) {
  const clock = new FakeClock();
  const client = new FakeClient(server);
  const log = new EventLog();
  const ports = {
    clock,
    recorder: log,
    reporter: silentReporter,
    shared: { store: client, channel: client },
  };
  const engine = new Engine(ports, resolveOptions({}).engine);
  engine.open();
  await clock.advance(0);
  return { clock, client, log, engine, cache: new CacheService(engine) };
}

test('a lease that was waited for comes with nonces that were read after it: what is loaded then can be stored', async () => {
  const server = new FakeServer(() => 0);
  const [one, other] = [await processOn(server), await processOn(server)];
  let finish: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const first = one.cache.getOrSet(seeds, ['a'], () => gate.then(() => 'old'));
  await one.clock.advance(0);
  const second = other.cache.getOrSet(seeds, ['a'], async () => 'new');
  await other.clock.advance(0);
  await one.cache.invalidateTags('birds');
  finish();
  expect(await first).toBe('old');
  await one.engine.flights.settled();
  await other.clock.advance(20);
  expect(await second).toBe('new');
  await other.engine.flights.settled();
  expect([one.log.count('stored'), other.log.count('stored')]).toEqual([0, 1]);
});

test('one question tells the nonces of all keys of a batch: their own tags and what they share', async () => {
  const server = new FakeServer(() => 0);
  const { cache, client, engine } = await processOn(server);
  const tagged = new Region<[id: string], string>('tagged', { tags: (id) => [`tree:${id}`, 'all trees'] });
  await cache.getOrSetMany(tagged, [['a'], ['b'], ['c']], async (missing) => missing.map(([id]) => id));
  await engine.flights.settled();
  expect(client.sent.nonces).toBe(1);
  const left = async () =>
    (await cache.getMany(tagged, [['a'], ['b'], ['c']])).map((value) => value ?? '-').join('');
  expect(await left()).toBe('abc');
  await cache.invalidateTags('tree:b');
  expect(await left()).toBe('a-c');
  await cache.invalidateTags('all trees');
  expect(await left()).toBe('---');
});
