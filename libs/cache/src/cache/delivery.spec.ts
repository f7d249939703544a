import { describe, expect, test } from '@jest/globals';
import { FakeClient, FakeServer } from '../../../../test/support/fleet-server.js';
import { EvictJournal } from '../coherence/evict-journal.js';
import type { Invalidation } from '../coherence/evict-journal.js';
import { CacheError } from '../contracts/errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Delivery } from './delivery.js';

const ALL = { promoted: false, owns: () => true };
const PROMOTED = { ...ALL, promoted: true };
const key = (name: string): Invalidation => ({ kind: 'key', name, ttlMs: 0 });
const tag = (name: string, ttlMs = 1_000): Invalidation => ({ kind: 'tag', name, ttlMs });

const setUp = (maxEntries = 1_000) => {
  const clock = new FakeClock();
  const server = new FakeServer(() => clock.wall());
  const client = new FakeClient(server);
  const journal = new EvictJournal(clock, { keepMs: 30_000, maxEntries });
  const delivery = new Delivery({ store: client, journal, clock, redisBudgetMs: 50 });
  return { clock, server, client, journal, delivery };
};

describe('an invalidation is', () => {
  test('confirmed when the server has executed it', async () => {
    const { server, delivery, journal } = setUp();
    server.values.set('a', Buffer.from('acorn'));
    expect(await delivery.send([key('a')], undefined)).toBe('confirmed');
    expect([server.values.size, journal.open]).toEqual([0, 0]);
  });

  test('confirmed when there is nothing to do', async () => {
    const { client, delivery } = setUp();
    expect(await delivery.send([], undefined)).toBe('confirmed');
    expect(client.sent).toEqual({});
  });

  test('queued after 50 ms without an answer, and needs no replay once the answer has come', async () => {
    const { clock, client, delivery, journal } = setUp();
    client.hold('answers');
    const outcome = delivery.send([key('a')], undefined);
    await clock.advance(51);
    expect([await outcome, journal.open]).toEqual(['queued', 1]);
    client.resume('answers');
    await clock.advance(0);
    expect(journal.open).toBe(0);
    await delivery.resume(ALL);
    expect(client.sent.evict).toBe(1);
  });

  test('queued at once when the server is known to be away', async () => {
    const { client, delivery, journal } = setUp();
    client.leave();
    expect([await delivery.send([tag('birds')], undefined), journal.open]).toEqual(['queued', 1]);
  });

  test('sent, without waiting, to a server that does not answer: it has it when it goes on', async () => {
    const { clock, server, client, delivery } = setUp();
    server.values.set('a', Buffer.from('acorn'));
    client.reachable = () => false;
    expect(await delivery.send([key('a')], undefined)).toBe('queued');
    await clock.advance(0);
    expect(server.values.size).toBe(0);
  });

  test('queued when it is executed but no replica has it', async () => {
    const { client, delivery, journal } = setUp();
    client.evict = () => Promise.resolve(false);
    expect([await delivery.send([key('a')], 'replicated'), journal.open]).toEqual(['queued', 0]);
  });

  test('failed when one key is refused; those that were not answered are replayed, and no others', async () => {
    const { client, delivery, journal } = setUp();
    const evict = client.evict;
    client.evict = ([name]) =>
      name === 'mine'
        ? evict(['mine'])
        : Promise.reject(new CacheError(name === 'barred' ? 'REDIS_REFUSED' : 'REDIS_UNAVAILABLE', 'x'));
    expect(await delivery.send([key('away'), key('barred'), key('mine')], undefined)).toBe('failed');
    expect(journal.missedBy(ALL).invalidations.map(({ name }) => name)).toEqual(['away']);
  });

  test('failed when the server refuses it; there is nothing to replay', async () => {
    const { client, delivery, journal } = setUp();
    client.evict = () => Promise.reject(new CacheError('REDIS_REFUSED', 'NOPERM'));
    expect([await delivery.send([key('a')], undefined), journal.open]).toEqual(['failed', 0]);
  });
});

describe('a server that comes back', () => {
  test('is told what it has missed, keys and tags, before anything else', async () => {
    const { server, client, delivery, journal } = setUp();
    server.values.set('a', Buffer.from('acorn'));
    server.renew('birds');
    const nonce = server.nonces.get('birds');
    client.leave();
    await delivery.send([key('a'), key('b')], undefined);
    await delivery.send([tag('birds')], undefined);
    client.return();
    expect(await delivery.resume(ALL)).toBe('resume');
    expect([server.values.size, journal.open]).toEqual([0, 0]);
    expect(server.nonces.get('birds')).not.toBe(nonce);
  });

  test('is told nothing it has executed, unless it was a replica until now', async () => {
    const { client, delivery } = setUp();
    await delivery.send([key('a')], undefined);
    await delivery.resume(ALL);
    expect(client.sent.evict).toBe(1);
    await delivery.resume(PROMOTED);
    expect(client.sent.evict).toBe(2);
  });

  test('gets a new epoch when it is no longer known what it has missed', async () => {
    const { client, delivery } = setUp(2);
    client.leave();
    for (const name of ['a', 'b', 'c']) await delivery.send([key(name)], undefined);
    client.return();
    expect(await delivery.resume(ALL)).toBe('renew');
    // the connection may break before it has one
    expect(await delivery.resume(ALL)).toBe('renew');
    expect(await delivery.resume({ ...ALL, renewed: true })).toBe('resume');
    expect(await delivery.resume(ALL)).toBe('resume');
    expect(client.sent.evict).toBeUndefined();
  });

  test('is greeted again, should it only hang, once something that it has missed had to be dropped', async () => {
    const { clock, client, delivery } = setUp(2);
    client.hold('answers');
    client.reachable = () => false;
    for (const name of ['a', 'b']) await delivery.send([key(name)], undefined);
    expect(client.distrusted).toEqual([]);
    for (const name of ['c', 'd']) await delivery.send([key(name)], undefined);
    await clock.advance(0);
    expect(client.distrusted).toEqual(['a', 'b']);
  });

  test('resumes though it refuses what is replayed, of whatever kind, and is not asked again', async () => {
    const { client, delivery, journal } = setUp();
    client.leave();
    await delivery.send([key('a'), key('b')], undefined);
    await delivery.send([tag('birds'), tag('seeds')], undefined);
    client.return();
    const refuse = () => Promise.reject(new CacheError('REDIS_REFUSED', 'NOPERM'));
    client.evict = refuse;
    client.invalidateTags = refuse;
    expect(await delivery.resume(ALL)).toBe('resume');
    expect([journal.open, journal.missedBy(ALL).invalidations]).toEqual([0, []]);
  });

  test('does not resume when the replay fails: it is tried again', async () => {
    const { client, delivery, journal } = setUp();
    client.leave();
    await delivery.send([key('a')], undefined);
    await expect(delivery.resume(ALL)).rejects.toThrow('away');
    expect(journal.open).toBe(1);
  });
});

describe('a log whose value the database has overtaken', () => {
  const overtaken = (send: () => Promise<void>) => ({ key: 'a', send });

  test('is told at once, and the key is left to the write that told it', async () => {
    const { client, delivery, journal } = setUp();
    let told = 0;
    expect(
      await delivery.overtake(
        'wb:r:0',
        overtaken(async () => void told++),
      ),
    ).toBe('confirmed');
    expect([told, journal.open, client.sent.evict]).toEqual([1, 0, undefined]);
    await delivery.resume(ALL);
    expect(told).toBe(1);
  });

  test.each([
    ['resumes', ALL],
    ['was promoted', PROMOTED],
    ['has a new epoch, which its logs do not know of', { ...ALL, renewed: true }],
  ])(
    'is told before it is read from when its server %s, and before keys are evicted',
    async (_what, server) => {
      const { client, delivery, journal, server: redis } = setUp();
      client.leave();
      const order: string[] = [];
      const send = async () => {
        if (client.reachable()) order.push(`log, key ${redis.values.has('a') ? 'is there' : 'is gone'}`);
        else throw new CacheError('REDIS_UNAVAILABLE', 'away');
      };
      await delivery.send([key('a')], undefined);
      expect(await delivery.overtake('wb:r:0', overtaken(send))).toBe('queued');
      expect(order).toEqual([]);
      client.return();
      redis.values.set('a', Buffer.from('loaded from the log'));
      expect(await delivery.resume(server)).toBe('resume');
      expect([order, redis.values.size, journal.open]).toEqual([['log, key is there'], 0, 0]);
    },
  );

  test('is told no more when its server refuses it', async () => {
    const { delivery, journal } = setUp();
    const send = () => Promise.reject(new CacheError('REDIS_REFUSED', 'no'));
    expect([await delivery.overtake('wb:r:0', overtaken(send)), journal.open]).toEqual(['failed', 0]);
  });
});
