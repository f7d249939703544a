import { strict as assert } from 'node:assert';
import type { Promises } from './runner.js';
import type { WriteLogBench } from './write-log-bench.js';

async function buried(bench: WriteLogBench, keys: readonly string[]) {
  const place = bench.place();
  for (const key of keys) await bench.appended(place, key, `value of ${key}`);
  const grip = await bench.claimed(place);
  const entries = await bench.taken(place, grip);
  for (const entry of entries)
    assert.equal(await bench.log.bury(place, grip, entry, `reason of ${entry.key}`), true);
  return { place, grip, entries };
}

/** What is promised of writes that were refused for good. */
export const deadLetters: Promises<WriteLogBench> = {
  'are all of the write, why and when, out of the log and unseen by reads': async (bench) => {
    const { place, grip, entries } = await buried(bench, ['a']);
    const [letter] = await bench.log.deadLetters(place, undefined, 10);
    const [entry] = entries;
    const { seq: _, ...write } = entry ?? assert.fail();
    const { seq, reason, at, ...rest } = letter ?? assert.fail('there is no dead letter');
    assert.deepEqual([rest, reason], [write, 'reason of a']);
    assert.ok(seq !== '' && Math.abs(at * 1_000 - bench.log.serverMicros(place)) < 60_000_000);
    assert.deepEqual(await bench.taken(place, grip), []);
    assert.equal(await bench.read(place, 'a'), undefined);
    assert.deepEqual(await bench.log.figures(place), { depth: 0, oldest: undefined, deadLetters: 1 });
  },
  'do not hide what was written since': async (bench) => {
    const place = bench.place();
    await bench.appended(place, 'a', '1');
    const grip = await bench.claimed(place);
    const [entry] = await bench.taken(place, grip);
    await bench.appended(place, 'a', '2');
    await bench.log.bury(place, grip, entry ?? assert.fail(), 'bad');
    assert.equal(await bench.read(place, 'a'), '2');
  },
  'are made of the same write once': async (bench) => {
    const { place, grip, entries } = await buried(bench, ['a']);
    assert.equal(await bench.log.bury(place, grip, entries[0] ?? assert.fail(), 'again'), true);
    assert.equal((await bench.log.figures(place)).deadLetters, 1);
  },
  'are listed in order, page by page': async (bench) => {
    const { place } = await buried(bench, ['a', 'b', 'c']);
    const first = await bench.log.deadLetters(place, undefined, 2);
    const second = await bench.log.deadLetters(place, first.at(-1)?.seq, 2);
    assert.deepEqual(
      [...first, ...second].map(({ key }) => key),
      ['a', 'b', 'c'],
    );
  },
  'are listed on from where a page ended, also when its last one is gone': async (bench) => {
    const { place } = await buried(bench, ['a', 'b', 'c', 'd']);
    const seqs = (await bench.log.deadLetters(place, undefined, 3)).map(({ seq }) => seq);
    assert.equal(await bench.log.drop(place, seqs.slice(1, 2)), 1);
    assert.equal(await bench.log.replay(place, seqs.slice(2)), 1);
    for (const after of seqs.slice(1)) {
      const [next] = await bench.log.deadLetters(place, after, 1);
      assert.equal(next?.key, 'd');
    }
  },
  'are in the order of their burials': async (bench) => {
    const place = bench.place();
    for (const key of ['a', 'b']) await bench.appended(place, key);
    const grip = await bench.claimed(place);
    const taken = await bench.taken(place, grip);
    for (const entry of taken.toReversed()) await bench.log.bury(place, grip, entry, 'bad');
    const [first, second] = await bench.log.deadLetters(place, undefined, 10);
    assert.deepEqual([first?.key, second?.key], ['b', 'a']);
    assert.deepEqual(await bench.log.deadLetters(place, first?.seq, 10), [second]);
  },
  'wait anew from when they were put back': async (bench) => {
    const { place } = await buried(bench, ['a']);
    const [letter] = await bench.log.deadLetters(place, undefined, 1);
    await bench.pass(2);
    await bench.log.replay(place, [letter?.seq ?? '']);
    const { oldest = 0 } = await bench.log.figures(place);
    assert.ok(oldest > (letter?.version ?? Infinity));
  },
  'go back to the end of the log with their versions, unseen by reads': async (bench) => {
    const { place, grip, entries } = await buried(bench, ['a', 'b']);
    await bench.appended(place, 'c');
    const seqs = (await bench.log.deadLetters(place, undefined, 10)).map(({ seq }) => seq);
    assert.equal(await bench.log.replay(place, [...seqs, '1-1']), 2);
    assert.equal(await bench.log.replay(place, seqs), 0);
    const taken = await bench.taken(place, grip);
    assert.deepEqual(
      taken.map(({ key, replayed }) => [key, replayed]),
      [
        ['c', false],
        ['a', true],
        ['b', true],
      ],
    );
    assert.deepEqual(
      taken.slice(1).map(({ version, id }) => [version, id]),
      entries.map(({ version, id }) => [version, id]),
    );
    assert.equal(await bench.read(place, 'a'), undefined);
    assert.equal(await bench.log.settle(place, grip, taken), true);
    assert.equal((await bench.log.figures(place)).depth, 0);
  },
  'are dropped for good': async (bench) => {
    const { place } = await buried(bench, ['a', 'b']);
    const [first] = await bench.log.deadLetters(place, undefined, 10);
    const seq = first?.seq ?? assert.fail();
    assert.equal(await bench.log.drop(place, [seq, '1-1']), 1);
    assert.deepEqual(
      (await bench.log.deadLetters(place, undefined, 10)).map(({ key }) => key),
      ['b'],
    );
  },
};
