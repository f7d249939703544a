import { strict as assert } from 'node:assert';
import type { Promises } from './runner.js';
import type { StoreBench } from './store-bench.js';
import { BEYOND, LONG, SHORT } from './store-bench.js';

/** What may happen to a key while it is written, after which the value of the write must not be stored. */
const OVERLAPS: Readonly<Record<string, (bench: StoreBench, key: string) => Promise<unknown>>> = {
  'another write that still runs': (bench, key) => bench.begun(key),
  'another write that has ended': async (bench, key) =>
    bench.store.commit(key, await bench.begun(key), { bytes: bench.entry(key), ttlMs: LONG }),
  'an evict': ({ store }, key) => store.evict([key]),
  'an expire': ({ store }, key) => store.expire([key]),
};

const overlaps = Object.fromEntries(
  Object.entries(OVERLAPS).map(([what, act]) => [
    `stores nothing when ${what} overlapped it`,
    async (bench: StoreBench) => {
      const key = bench.key();
      const token = await bench.begun(key);
      await act(bench, key);
      const entry = { bytes: bench.entry(key), ttlMs: LONG };
      assert.equal(await bench.store.commit(key, token, entry), false);
      await bench.assertEmpty(key);
    },
  ]),
);

/** Writes in two phases. */
export const writes: Promises<StoreBench> = {
  'removes the entry when it begins, and bars loads until it ends': async (bench) => {
    const key = bench.key();
    await bench.filled(key);
    const token = await bench.begun(key);
    await bench.assertEmpty(key);
    assert.equal((await bench.lease(key)).kind, 'writing');
    await bench.store.commit(key, token, null);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },

  'stores what it wrote, when it was the only one': async (bench) => {
    const key = bench.key();
    const bytes = bench.entry(key);
    const token = await bench.begun(key);
    assert.equal(await bench.store.commit(key, token, { bytes, ttlMs: LONG }), true);
    await bench.assertStored(key, bytes);
  },

  'stores for as long as was asked for': async (bench) => {
    const key = bench.key();
    const token = await bench.begun(key);
    await bench.store.commit(key, token, { bytes: bench.entry(key), ttlMs: SHORT });
    await bench.pass(BEYOND);
    await bench.assertEmpty(key);
  },

  'keeps bytes of its own': async (bench) => {
    const key = bench.key();
    const bytes = bench.entry(key);
    const copy = Buffer.from(bytes);
    await bench.store.commit(key, await bench.begun(key), { bytes, ttlMs: LONG });
    bytes.fill(0);
    await bench.assertStored(key, copy);
  },

  'without a value is an evict': async (bench) => {
    const key = bench.key();
    assert.equal(await bench.store.commit(key, await bench.begun(key), null), false);
    await bench.assertEmpty(key);
  },

  'that was never begun, or has ended, is an evict': async (bench) => {
    const key = bench.key();
    const entry = { bytes: bench.entry(key), ttlMs: LONG };
    const token = await bench.begun(key);
    assert.equal(await bench.store.commit(key, token, entry), true);
    assert.equal(await bench.store.commit(key, token, entry), false);
    await bench.assertEmpty(key);
    await bench.filled(key);
    assert.equal(await bench.store.commit(key, bench.token(), entry), false);
    await bench.assertEmpty(key);
  },

  ...overlaps,

  'stores nothing when it overlapped another one, whichever ends first': async (bench) => {
    const key = bench.key();
    const entry = { bytes: bench.entry(key), ttlMs: LONG };
    const tokens = [await bench.begun(key), await bench.begun(key)];
    for (const token of tokens) assert.equal(await bench.store.commit(key, token, entry), false);
    await bench.assertEmpty(key);
  },

  'stores again after those that overlapped have ended': async (bench) => {
    const key = bench.key();
    const tokens = [await bench.begun(key), await bench.begun(key)];
    await bench.store.evict([key]);
    for (const token of tokens) await bench.store.commit(key, token, null);
    const entry = { bytes: bench.entry(key), ttlMs: LONG };
    assert.equal(await bench.store.commit(key, await bench.begun(key), entry), true);
  },

  'is forgotten when its time is up, and stores nothing then': async (bench) => {
    const key = bench.key();
    const token = await bench.begun(key, SHORT);
    await bench.store.evict([key]);
    await bench.pass(BEYOND);
    assert.equal((await bench.lease(key)).kind, 'granted');
    const entry = { bytes: bench.entry(key), ttlMs: LONG };
    assert.equal(await bench.store.commit(key, token, entry), false);
    assert.equal(await bench.store.commit(key, await bench.begun(key), entry), true);
  },

  'that is long is not forgotten with a shorter one beside it': async (bench) => {
    const key = bench.key();
    await bench.begun(key, LONG);
    await bench.begun(key, SHORT);
    await bench.pass(BEYOND);
    assert.equal((await bench.lease(key)).kind, 'writing');
  },

  'condemns the tag of its key when it begins': async (bench) => {
    const key = bench.key();
    const [before] = await bench.store.nonces([key], LONG);
    await bench.begun(key);
    assert.notEqual((await bench.store.peekNonces([key]))[0], before);
  },
};

/** The removal of entries. */
export const evicts: Promises<StoreBench> = {
  'removes all it names, and nothing else': async (bench) => {
    const keys = bench.keys(40);
    const [kept = '', ...evicted] = keys;
    const bytes = await Promise.all(keys.map((key) => bench.filled(key)));
    assert.equal(await bench.store.evict(evicted), true);
    await Promise.all(evicted.map((key) => bench.assertEmpty(key)));
    await bench.assertStored(kept, bytes[0] ?? Buffer.alloc(0));
  },

  'takes the lease as well: the next may load at once': async (bench) => {
    const key = bench.key();
    await bench.lease(key);
    await bench.store.evict([key]);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },

  'of no keys, and of keys without an entry, is one all the same': async (bench) => {
    assert.equal(await bench.store.evict([]), true);
    assert.equal(await bench.store.evict([bench.key()]), true);
  },

  'condemns the tags of its keys, and no others': async (bench) => {
    const [evicted = '', kept = ''] = bench.keys(2);
    const before = await bench.store.nonces([evicted, kept], LONG);
    await bench.store.evict([evicted]);
    const after = await bench.store.nonces([evicted, kept], LONG);
    assert.notEqual(after[0], before[0]);
    assert.equal(after[1], before[1]);
  },

  'is done also where a replica was asked for and there is none': async (bench) => {
    const key = bench.key();
    await bench.filled(key);
    await bench.store.evict([key], 'replicated');
    await bench.assertEmpty(key);
  },
};
