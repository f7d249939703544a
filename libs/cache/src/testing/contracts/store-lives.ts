import { strict as assert } from 'node:assert';
import type { Expiry } from '../../contracts/store.js';
import type { Promises } from './runner.js';
import type { StoreBench } from './store-bench.js';
import { BEYOND, LONG, SHORT, idOf } from './store-bench.js';

function expiryIn(bench: StoreBench, key: string, ms: number): Expiry {
  const now = Math.round(bench.store.serverTime(key));
  return { softExpiry: now + ms, hardExpiry: now + 2 * ms, ttlMs: 2 * ms };
}

/** What changes the life of an entry where it is. */
export const touches: Promises<StoreBench> = {
  'gives the entry that was read new expiries and a new life': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key, bench.entry(key), SHORT);
    const expiry = expiryIn(bench, key, LONG);
    assert.equal(await bench.store.touch(key, idOf(bytes), expiry), true);
    await bench.pass(BEYOND);
    const { softExpiry, hardExpiry, id, payload } = await bench.header(key);
    assert.deepEqual({ softExpiry, hardExpiry, ttlMs: expiry.ttlMs }, expiry);
    assert.deepEqual([id, payload], [idOf(bytes), `"of ${key}"`]);
  },

  'may shorten a life': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    assert.equal(await bench.store.touch(key, idOf(bytes), expiryIn(bench, key, SHORT / 2)), true);
    await bench.pass(BEYOND);
    await bench.assertEmpty(key);
  },

  'leaves an entry alone that came after the one that was read': async (bench) => {
    const key = bench.key();
    const old = await bench.filled(key);
    await bench.store.evict([key]);
    const bytes = await bench.filled(key);
    assert.equal(await bench.store.touch(key, idOf(old), expiryIn(bench, key, LONG)), false);
    await bench.assertStored(key, bytes);
  },

  'makes nothing where there is no entry': async (bench) => {
    const key = bench.key();
    assert.equal(await bench.store.touch(key, bench.token(), expiryIn(bench, key, LONG)), false);
    await bench.assertEmpty(key);
  },

  'leaves nothing that lives for ever, whatever life it is given': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    await bench.store.touch(key, idOf(bytes), { ...expiryIn(bench, key, LONG), ttlMs: 0 });
    await bench.pass(SHORT);
    await bench.assertEmpty(key);
  },
};

/** What makes entries stale. */
export const expires: Promises<StoreBench> = {
  'ends the freshness of an entry, and leaves its value and the end of its life': async (bench) => {
    const key = bench.key();
    await bench.filled(key);
    const before = await bench.header(key);
    await bench.store.expire([key]);
    const after = await bench.header(key);
    assert.ok(after.softExpiry <= bench.store.serverTime(key));
    assert.deepEqual([after.hardExpiry, after.payload], [before.hardExpiry, before.payload]);
  },

  'gives it another id: a touch on its way does not make it fresh again': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    await bench.store.expire([key]);
    assert.equal(await bench.store.touch(key, idOf(bytes), expiryIn(bench, key, LONG)), false);
    assert.notEqual((await bench.header(key)).id, idOf(bytes));
  },

  'does so each time, also with an entry that is stale already': async (bench) => {
    const key = bench.key();
    await bench.filled(key);
    await bench.store.expire([key]);
    const { id } = await bench.header(key);
    await bench.store.expire([key]);
    assert.notEqual((await bench.header(key)).id, id);
  },

  'makes nothing where there is no entry, and lets the next one load at once': async (bench) => {
    const key = bench.key();
    await bench.lease(key);
    await bench.store.expire([key]);
    await bench.assertEmpty(key);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },

  'condemns no tag': async (bench) => {
    const key = bench.key();
    const before = await bench.store.nonces([key], LONG);
    await bench.store.expire([key]);
    assert.deepEqual(await bench.store.nonces([key], LONG), before);
  },

  'removes what is no entry': async (bench) => {
    const key = bench.key();
    await bench.filled(key, Buffer.from('id of 16 bytes..and not an entry'));
    await bench.store.expire([key]);
    await bench.assertEmpty(key);
  },
};
