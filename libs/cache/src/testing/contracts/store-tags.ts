import { strict as assert } from 'node:assert';
import type { TagNonce } from '../../contracts/entry.js';
import type { TagClocks } from '../../contracts/store.js';
import type { Promises } from './runner.js';
import type { StoreBench } from './store-bench.js';
import { BEYOND, LONG, SHORT } from './store-bench.js';

async function carried(bench: StoreBench, tags: readonly string[]): Promise<TagNonce[]> {
  const nonces = await bench.store.nonces(tags, LONG);
  return tags.map((tag, i) => ({ tag, nonce: nonces[i] ?? '' }));
}

/** Nonces, and what changes them. */
export const tags: Promises<StoreBench> = {
  'have one nonce each, made once however many ask, and kept': async (bench) => {
    const names = bench.tags(3);
    const replies = await Promise.all(Array.from({ length: 30 }, () => bench.store.nonces(names, LONG)));
    const [first = []] = replies;
    assert.ok(first.length === 3 && !first.includes(''));
    for (const reply of replies) assert.deepEqual([...reply], [...first]);
  },

  'come in the order in which they are asked for, and are not made by looking': async (bench) => {
    const key = bench.key();
    const bytes = await bench.filled(key);
    const names = bench.tags(30);
    const nonces = await bench.store.nonces(
      names.filter((_, i) => i % 2 === 0),
      LONG,
    );
    const wanted = names.map((_, i) => (i % 2 === 0 ? nonces[i / 2] : null));
    assert.deepEqual([...(await bench.store.peekNonces(names))], wanted);
    const reply = await bench.store.read(key, names);
    assert.ok(reply.bytes?.equals(bytes));
    assert.deepEqual([...reply.nonces], wanted);
    assert.deepEqual([...(await bench.store.peekNonces(names))], wanted);
  },

  'that are none cost nothing': async (bench) => {
    assert.deepEqual([...(await bench.store.nonces([], LONG))], []);
    assert.deepEqual([...(await bench.store.peekNonces([]))], []);
    assert.deepEqual([...(await bench.store.lateNonces([], await bench.store.tagClocks(), LONG))], []);
  },

  'change when they are invalidated, also those that nobody has read, and no others do': async (bench) => {
    const names = bench.tags(60);
    const before = await bench.store.nonces(names.slice(0, 30), LONG);
    assert.equal(await bench.store.invalidateTags(names.slice(10), LONG), true);
    const after = await bench.store.peekNonces(names);
    assert.deepEqual(after.slice(0, 10), before.slice(0, 10));
    for (const [i, nonce] of after.slice(10, 30).entries()) assert.notEqual(nonce, before[i + 10]);
  },

  'never have a nonce again that they had before': async (bench) => {
    const [name = ''] = bench.tags(1);
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      seen.add((await bench.store.nonces([name], LONG))[0] ?? '');
      await bench.store.invalidateTags([name], LONG);
    }
    assert.equal(seen.size, 10);
  },

  'live as long as was asked for last, and get another nonce when they are made anew': async (bench) => {
    const [long = '', short = ''] = bench.tags(2);
    const before = await bench.store.nonces([long, short], SHORT);
    await bench.store.nonces([long], LONG);
    await bench.pass(BEYOND);
    const after = await bench.store.nonces([long, short], LONG);
    assert.equal(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
  },

  'let a fill through that carries their nonces, and none whose nonce has changed': async (bench) => {
    const names = bench.tags(2);
    const carriedNonces = await carried(bench, names);
    const [key, late] = [bench.key(), bench.key()];
    const fill = async (name: string) => {
      const { token } = await bench.lease(name);
      return bench.store.fill(name, token, { bytes: bench.entry(name), ttlMs: LONG, tags: carriedNonces });
    };
    assert.equal(await fill(key), true);
    await bench.store.invalidateTags(names.slice(1), LONG);
    assert.equal(await fill(late), false);
  },

  'let no fill through whose nonce was never theirs': async (bench) => {
    const key = bench.key();
    const [tag = ''] = bench.tags(1);
    const { token } = await bench.lease(key);
    const entry = { bytes: bench.entry(key), ttlMs: LONG, tags: [{ tag, nonce: 'none' }] };
    assert.equal(await bench.store.fill(key, token, entry), false);
  },
};

async function timely(bench: StoreBench, names: readonly string[], noted: TagClocks): Promise<boolean[]> {
  return (await bench.store.lateNonces(names, noted, LONG)).map((late) => late.timely);
}

/** Tags that only the result of a load names. */
export const lateTags: Promises<StoreBench> = {
  'have the nonces that all others see': async (bench) => {
    const [known = '', made = ''] = bench.tags(2);
    const before = await bench.store.nonces([known], LONG);
    const late = await bench.store.lateNonces([known, made], await bench.store.tagClocks(), LONG);
    const nonces = late.map(({ nonce }) => nonce);
    assert.equal(nonces[0], before[0]);
    assert.deepEqual([...(await bench.store.peekNonces([known, made]))], nonces);
  },

  'are timely while nothing was invalidated since the clocks were noted': async (bench) => {
    const [known = '', made = ''] = bench.tags(2);
    await bench.store.nonces([known], LONG);
    const noted = await bench.store.tagClocks();
    assert.deepEqual(await timely(bench, [known, made], noted), [true, true]);
  },

  'are not timely when they were invalidated since': async (bench) => {
    const [known = '', unknown = ''] = bench.tags(2);
    await bench.store.nonces([known], LONG);
    const noted = await bench.store.tagClocks();
    await bench.store.invalidateTags([known, unknown], LONG);
    assert.deepEqual(await timely(bench, [known, unknown], noted), [false, false]);
  },

  'are not timely when they were invalidated before anybody had read them': async (bench) => {
    const names = bench.tags(1);
    const noted = await bench.store.tagClocks();
    await bench.store.invalidateTags(names, LONG);
    assert.deepEqual(await timely(bench, names, noted), [false]);
  },

  'are timely again for a load that begins after it': async (bench) => {
    const names = bench.tags(2);
    await bench.store.invalidateTags(names, LONG);
    assert.deepEqual(await timely(bench, names, await bench.store.tagClocks()), [true, true]);
  },

  'are not timely by a clock that was lost or never noted': async (bench) => {
    const names = bench.tags(3);
    const noted = await bench.store.tagClocks();
    const foreign = noted.map(() => ({ epoch: 'of-another', n: Number.MAX_SAFE_INTEGER }));
    const none = noted.map(() => null);
    assert.deepEqual(await timely(bench, names, foreign), [false, false, false]);
    assert.deepEqual(await timely(bench, names, none), [false, false, false]);
  },

  'are not timely when they are the tag of a key that was evicted since': async (bench) => {
    const key = bench.key();
    await bench.store.nonces([key], LONG);
    const noted = await bench.store.tagClocks();
    await bench.store.evict([key]);
    assert.deepEqual(await timely(bench, [key], noted), [false]);
  },
};
