import { strict as assert } from 'node:assert';
import type { DerivedBench } from './derived-bench.js';
import { LONG } from './derived-bench.js';
import type { Promises } from './runner.js';

const SHORT = 60;
const WAITS = { maxWriteMs: LONG, waits: true, overtakenMs: LONG };

/** What a store promises about the right to count. */
export const counting: Promises<DerivedBench> = {
  'is granted to one at a time, and again when it was given back': async (bench) => {
    const place = bench.place();
    const { token } = await bench.granted(place);
    assert.equal((await bench.recount(place)).kind, 'held');
    await bench.store.release(place, bench.token());
    assert.equal((await bench.recount(place)).kind, 'held');
    await bench.store.release(place, token);
    await bench.granted(place);
  },
  'is not needed where something is kept': async (bench) => {
    assert.deepEqual(await bench.recount(await bench.filled({ a: 1 })), { kind: 'there' });
    assert.deepEqual(await bench.recount(await bench.filled({})), { kind: 'there' });
  },
  'is not granted while somebody changes the database': async (bench) => {
    const place = bench.place();
    const changer = await bench.begun(place);
    assert.deepEqual(await bench.recount(place), { kind: 'changing', reserved: false });
    await bench.commit(place, changer, {});
    await bench.granted(place);
  },
  'comes to nothing when a change begins meanwhile, whether it has ended or not': async (bench) => {
    const [one, other] = [bench.place(), bench.place()];
    const rights = [await bench.granted(one), await bench.granted(other)] as const;
    await bench.begun(one);
    await bench.commit(other, await bench.begun(other), { a: 1 });
    assert.equal(await bench.store.fill(one, rights[0], new Map([['a', 1]])), false);
    assert.equal(await bench.store.fill(other, rights[1], new Map([['a', 1]])), false);
    await bench.assertGone(other);
  },
  'comes to nothing when what is kept is dropped meanwhile, and without the right': async (bench) => {
    const place = bench.place();
    const right = await bench.granted(place);
    await bench.store.drop(place.key);
    assert.equal(await bench.store.fill(place, right, new Map()), false);
    assert.equal(await bench.store.fill(place, { ...right, token: bench.token() }, new Map()), false);
    await bench.assertGone(place);
  },
  'of another epoch comes to nothing': async (bench) => {
    const place = bench.place();
    const { token } = await bench.granted(place);
    await bench.store.fill(place, { token, epoch: 'another epoch...' }, new Map([['a', 1]]));
    await bench.assertGone(place);
  },
  'is waited for by changes, if it is patient': async (bench) => {
    const place = bench.place();
    const right = await bench.granted(place, LONG);
    const changer = { token: bench.token(), subject: 'who waits' };
    assert.equal(await bench.store.begin(place, changer, WAITS), false);
    assert.equal(await bench.store.fill(place, right, new Map([['a', 1]])), true);
    assert.equal(await bench.store.begin(place, changer, WAITS), true);
    assert.equal(await bench.commit(place, changer, { a: 1 }), true);
    await bench.assertKept(place, { a: 2 });
  },
  'is reserved while changes end that have just begun, and new ones wait': async (bench) => {
    const place = bench.place();
    const [changer, token] = [await bench.begun(place), bench.token()];
    assert.deepEqual(await bench.recount(place, LONG, token), { kind: 'changing', reserved: true });
    const late = { token: bench.token(), subject: 'who comes late' };
    assert.equal(await bench.store.begin(place, late, WAITS), false);
    await bench.commit(place, changer, {});
    assert.equal((await bench.recount(place, LONG, token)).kind, 'granted');
  },
  'is not reserved while a change is under way for long': async (bench) => {
    const place = bench.place();
    await bench.begun(place);
    await bench.pass(SHORT * 2);
    assert.deepEqual(await bench.recount(place, SHORT), { kind: 'changing', reserved: false });
    assert.equal(await bench.store.begin(place, await bench.begun(place), WAITS), true);
  },
  'is kept alive by one for whom changes wait, and by nobody else': async (bench) => {
    const [place, other] = [bench.place(), bench.place()];
    const ask = { token: bench.token(), ms: SHORT * 2, maxWriteMs: LONG, overtakenMs: LONG };
    for (const one of [place, other])
      await bench.store.recount(one, { ...ask, patienceMs: one === place ? LONG : 0 });
    assert.equal(await bench.store.renew(place, bench.token(), LONG), false);
    assert.equal(await bench.store.renew(place, ask.token, LONG), true);
    assert.equal(await bench.store.renew(other, ask.token, LONG), false);
    await bench.pass(SHORT * 3);
    assert.equal((await bench.recount(place)).kind, 'held');
    assert.equal((await bench.recount(other)).kind, 'granted');
  },
  'holds up no change for a while after changes did not wait any longer': async (bench) => {
    const [counted, reserved] = [bench.place(), bench.place()];
    await bench.granted(counted, LONG);
    await bench.commit(counted, await bench.begun(counted), {});
    const [changer, token] = [await bench.begun(reserved), bench.token()];
    await bench.recount(reserved, LONG, token);
    await bench.store.release(reserved, token, LONG);
    await bench.commit(reserved, changer, {});
    for (const place of [counted, reserved]) {
      await bench.granted(place, LONG);
      const late = { token: bench.token(), subject: 'who comes late' };
      assert.equal(await bench.store.begin(place, late, WAITS), true);
      assert.deepEqual(await bench.recount(place, LONG), { kind: 'changing', reserved: false });
      await bench.commit(place, late, {});
      // it may still be counted and kept, when nothing is changed
      const right = await bench.granted(place, LONG);
      assert.equal(await bench.store.fill(place, right, new Map([['a', 1]])), true);
    }
  },
  'of a ranking keeps the highest': async (bench) => {
    const place = await bench.filled({ a: 1, b: 3, c: 2 }, 'ranking', { maxMembers: 2 });
    await bench.assertKept(place, { b: 3, c: 2 });
  },
};
