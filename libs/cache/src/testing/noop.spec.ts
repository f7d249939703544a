import { expect, test } from '@jest/globals';
import { NoopChannel, NoopStore } from './noop.js';

test('a no-op store can be reached, has nothing, and takes nothing', async () => {
  const store = new NoopStore();
  expect([store.available(), store.reachable()]).toEqual([true, true]);
  expect(await store.read('a', ['#a'])).toEqual({ bytes: null, nonces: [null] });
  expect(await store.lease()).toEqual({ kind: 'writing' });
  expect(await Promise.all([store.fill(), store.commit(), store.touch(), store.renew()])).toEqual(
    Array(4).fill(false),
  );
  expect(await store.lateNonces(['#a'])).toEqual([{ nonce: 'none', timely: false }]);
  expect([await store.nonces(['#a']), await store.peekNonces(['#a'])]).toEqual([['none'], [null]]);
});

test('a no-op store says of every invalidation that it is done: nothing is left of what was never there', async () => {
  const store = new NoopStore();
  expect(await Promise.all([store.evict(), store.invalidateTags()])).toEqual([true, true]);
  await Promise.all([store.begin(), store.expire(), store.release()]);
});

test('a no-op channel has no server, and says nothing', async () => {
  const channel = new NoopChannel();
  expect([channel.nodes(), channel.nodeOf()]).toEqual([[], undefined]);
  channel.open(new Proxy({} as never, { get: () => expect(true).toBe(false) }));
  await channel.beat();
  await channel.close();
});
