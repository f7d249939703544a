import { strict as assert } from 'node:assert';
import type { Promises } from './runner.js';
import type { WriteLogBench } from './write-log-bench.js';
import { LONG } from './write-log-bench.js';

const SHORT = 60;

/** What is promised to who empties a log. */
export const owning: Promises<WriteLogBench> = {
  'has a log alone, until it gives it back or its time is over': async (bench) => {
    const place = bench.place();
    const grip = await bench.claimed(place, 'finch');
    assert.equal(await bench.log.claim(place, 'wren', SHORT), undefined);
    assert.notEqual(await bench.log.claim({ ...place, partition: 2 }, 'wren', SHORT), undefined);
    await bench.log.release(place, grip);
    const other = await bench.claimed(place, 'wren', SHORT);
    await bench.pass(SHORT * 2);
    assert.equal(await bench.log.renew(place, other, SHORT), false);
    await bench.claimed(place, 'finch');
  },
  'keeps it by asking again': async (bench) => {
    const place = bench.place();
    const grip = await bench.claimed(place, 'finch', SHORT * 3);
    for (let asked = 0; asked < 3; asked++) {
      await bench.pass(SHORT * 2);
      assert.equal(await bench.log.renew(place, grip, SHORT * 3), true);
    }
    assert.deepEqual(await bench.log.claim(place, 'finch', SHORT), grip);
  },
  'has a higher fence than all before, also the same one when it comes back': async (bench) => {
    const place = bench.place();
    const fences: number[] = [];
    for (const owner of ['finch', 'wren', 'wren', 'finch']) {
      const grip = await bench.claimed(place, owner);
      fences.push(grip.fence);
      await bench.log.release(place, grip);
    }
    assert.deepEqual(
      fences,
      [...new Set(fences)].sort((a, b) => a - b),
    );
  },
  'takes the oldest first, no more than it wants, and the same again until it has settled them': async (
    bench,
  ) => {
    const place = bench.place();
    for (const key of ['a', 'b', 'c']) await bench.appended(place, key);
    const grip = await bench.claimed(place);
    const keys = async (count: number) => (await bench.taken(place, grip, count)).map(({ key }) => key);
    assert.deepEqual(await keys(2), ['a', 'b']);
    assert.deepEqual(await keys(3), ['a', 'b', 'c']);
    assert.equal(await bench.log.settle(place, grip, await bench.taken(place, grip, 1)), true);
    assert.deepEqual(await keys(3), ['b', 'c']);
  },
  'finds what the one before has taken and not settled': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a');
    const first = await bench.claimed(place, 'finch', SHORT);
    assert.equal((await bench.taken(place, first)).length, 1);
    await bench.appended(place, 'b');
    await bench.pass(SHORT * 2);
    const second = await bench.claimed(place, 'wren');
    assert.deepEqual(
      (await bench.taken(place, second)).map(({ key }) => key),
      ['a', 'b'],
    );
  },
  'that is none any more changes nothing': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a', '1');
    const old = await bench.claimed(place, 'finch', SHORT);
    const taken = await bench.taken(place, old);
    await bench.pass(SHORT * 2);
    const [entry] = taken;
    assert.ok(entry);
    const grip = await bench.claimed(place, 'wren');
    assert.equal(await bench.log.take(place, old, 10), undefined);
    assert.equal(await bench.log.settle(place, old, taken), false);
    assert.equal(await bench.log.bury(place, old, entry, 'late'), false);
    assert.equal(await bench.log.renew(place, old, SHORT), false);
    await bench.log.release(place, old);
    assert.equal(await bench.log.renew(place, grip, SHORT), true);
    assert.equal(await bench.read(place, 'a'), '1');
    assert.equal((await bench.log.figures(place)).deadLetters, 0);
  },
  'that comes back by the same name is not who it was': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a');
    const old = await bench.claimed(place, 'finch', SHORT);
    const taken = await bench.taken(place, old);
    await bench.pass(SHORT * 2);
    await bench.claimed(place, 'finch');
    assert.equal(await bench.log.settle(place, old, taken), false);
  },
  'settles what is gone already like everything else': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a');
    const grip = await bench.claimed(place);
    const taken = await bench.taken(place, grip);
    for (let times = 0; times < 2; times++) assert.equal(await bench.log.settle(place, grip, taken), true);
    assert.deepEqual(await bench.taken(place, grip), []);
  },
  'is seen by the others while it says that it is there': async (bench) => {
    const region = bench.region();
    assert.deepEqual(await bench.log.attend(region, 'wren', SHORT), ['wren']);
    assert.deepEqual(await bench.log.attend(region, 'finch', SHORT * 3), ['finch', 'wren']);
    await bench.pass(SHORT * 2);
    assert.deepEqual(await bench.log.attend(region, 'kite', SHORT), ['finch', 'kite']);
    await bench.log.leave(region, 'finch');
    await bench.log.leave(region, 'nobody');
    assert.deepEqual(await bench.log.attend(region, 'kite', SHORT), ['kite']);
  },
  'is seen for as long as it says, however shortly the others are there': async (bench) => {
    const region = bench.region();
    await bench.log.attend(region, 'finch', LONG);
    await bench.log.attend(region, 'wren', SHORT);
    await bench.pass(SHORT * 2);
    assert.deepEqual(await bench.log.attend(region, 'kite', SHORT), ['finch', 'kite']);
  },
};
