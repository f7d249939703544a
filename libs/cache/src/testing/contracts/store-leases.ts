import { strict as assert } from 'node:assert';
import type { Promises } from './runner.js';
import type { StoreBench } from './store-bench.js';
import { BEYOND, LONG, SHORT, idOf } from './store-bench.js';

/** The right to load. */
export const leases: Promises<StoreBench> = {
  'is granted to one of many that ask at once': async (bench) => {
    const key = bench.key();
    const replies = await Promise.all(Array.from({ length: 50 }, () => bench.lease(key)));
    assert.equal(replies.filter(({ kind }) => kind === 'granted').length, 1);
    assert.equal(replies.filter(({ kind }) => kind === 'held').length, 49);
  },

  'says how long it still lives': async (bench) => {
    const key = bench.key();
    await bench.lease(key);
    const reply = await bench.store.lease(key, { token: bench.token(), ms: 5, badId: '' });
    assert.ok(reply.kind === 'held');
    assert.ok(reply.remainingMs > 0 && reply.remainingMs <= LONG);
  },

  'is granted to another when it has run out': async (bench) => {
    const key = bench.key();
    await bench.lease(key, SHORT);
    await bench.pass(BEYOND);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },

  'is for one key only': async (bench) => {
    const kinds = await Promise.all(bench.keys(20).map(async (key) => (await bench.lease(key)).kind));
    assert.deepEqual(new Set(kinds), new Set(['granted']));
  },

  'is not granted while there is an entry: that is the answer': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    const reply = await bench.store.lease(key, { token: bench.token(), ms: LONG, badId: '' });
    assert.ok(reply.kind === 'value' && reply.bytes.equals(bytes));
  },

  'is granted beside an entry that was found bad, to one, and only to who names that very entry': async (
    bench,
  ) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    assert.equal((await bench.lease(key, LONG, 'id of another one')).kind, 'value');
    assert.equal((await bench.lease(key, LONG, idOf(bytes))).kind, 'granted');
    assert.equal((await bench.lease(key, LONG, idOf(bytes))).kind, 'held');
  },

  'is renewed by its holder and by nobody else': async (bench) => {
    const key = bench.key();
    const { token } = await bench.lease(key, SHORT);
    assert.equal(await bench.store.renew(key, bench.token(), LONG), false);
    assert.equal(await bench.store.renew(key, token, LONG), true);
    await bench.pass(BEYOND);
    assert.equal((await bench.lease(key)).kind, 'held');
  },

  'that is gone is not brought back by a renewal': async (bench) => {
    const key = bench.key();
    const { token } = await bench.lease(key);
    await bench.store.evict([key]);
    assert.equal(await bench.store.renew(key, token, LONG), false);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },

  'is given back by its holder and by nobody else': async (bench) => {
    const key = bench.key();
    const { token } = await bench.lease(key);
    await bench.store.release(key, bench.token());
    assert.equal((await bench.lease(key)).kind, 'held');
    await bench.store.release(key, token);
    assert.equal((await bench.lease(key)).kind, 'granted');
  },
};

/** What happens to a key between the lease and the fill, and fences the fill. */
const FENCES: Readonly<Record<string, (bench: StoreBench, key: string, token: string) => Promise<unknown>>> =
  {
    'an evict': ({ store }, key) => store.evict([key]),
    'the beginning of a write': (bench, key) => bench.begun(key),
    'a whole write': async (bench, key) => bench.store.commit(key, await bench.begun(key), null),
    'an expire': ({ store }, key) => store.expire([key]),
    'the release of its lease': ({ store }, key, token) => store.release(key, token),
    'an evict and the lease of another': async (bench, key) => {
      await bench.store.evict([key]);
      await bench.lease(key);
    },
  };

const fences = Object.fromEntries(
  Object.entries(FENCES).map(([what, act]) => [
    `comes to nothing after ${what}`,
    async (bench: StoreBench) => {
      const key = bench.key();
      const { token } = await bench.lease(key);
      await act(bench, key, token);
      const entry = { bytes: bench.entry(key), ttlMs: LONG, tags: [] };
      assert.equal(await bench.store.fill(key, token, entry), false);
      await bench.assertEmpty(key);
    },
  ]),
);

/** The end of a load. */
export const fills: Promises<StoreBench> = {
  'stores the very bytes, and ends the lease': async (bench) => {
    const key = bench.key();
    const bytes = Buffer.concat([bench.entry(key), Buffer.from(Array.from({ length: 256 }, (_, i) => i))]);
    await bench.filled(key, bytes);
    await bench.assertStored(key, bytes);
    assert.equal((await bench.lease(key, LONG, idOf(bytes))).kind, 'granted');
  },

  'stores for as long as was asked for': async (bench) => {
    const key = bench.key();
    await bench.filled(key, bench.entry(key), SHORT);
    await bench.pass(BEYOND);
    await bench.assertEmpty(key);
  },

  'keeps bytes of its own': async (bench) => {
    const key = bench.key();
    const bytes = bench.entry(key);
    const copy = Buffer.from(bytes);
    await bench.filled(key, bytes);
    bytes.fill(0);
    (await bench.stored(key))?.fill(0);
    const leased = await bench.store.lease(key, { token: bench.token(), ms: LONG, badId: '' });
    if (leased.kind === 'value') leased.bytes.fill(0);
    await bench.assertStored(key, copy);
  },

  'comes to nothing without a lease, and with the lease of another': async (bench) => {
    const key = bench.key();
    const entry = { bytes: bench.entry(key), ttlMs: LONG, tags: [] };
    assert.equal(await bench.store.fill(key, bench.token(), entry), false);
    await bench.lease(key);
    assert.equal(await bench.store.fill(key, bench.token(), entry), false);
    await bench.assertEmpty(key);
  },

  'comes to nothing when its lease has run out and another has stored': async (bench) => {
    const key = bench.key();
    const { token } = await bench.lease(key, SHORT);
    await bench.pass(BEYOND);
    const bytes = await bench.filled(key);
    const late = { bytes: bench.entry(key), ttlMs: LONG, tags: [] };
    assert.equal(await bench.store.fill(key, token, late), false);
    await bench.assertStored(key, bytes);
  },

  'that is sent twice stores once': async (bench) => {
    const key = bench.key();
    const { token } = await bench.lease(key);
    const entry = { bytes: bench.entry(key), ttlMs: LONG, tags: [] };
    assert.equal(await bench.store.fill(key, token, entry), true);
    await bench.store.evict([key]);
    assert.equal(await bench.store.fill(key, token, entry), false);
    await bench.assertEmpty(key);
  },

  ...fences,
};
