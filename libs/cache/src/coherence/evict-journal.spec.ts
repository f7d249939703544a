import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.js';
import { EvictJournal } from './evict-journal.js';
import type { Invalidation } from './evict-journal.js';

const KEEP_MS = 30_000;
const key = (name: string): Invalidation => ({ kind: 'key', name, ttlMs: 0 });

const setUp = (maxEntries = 100) => {
  const clock = new FakeClock();
  const journal = new EvictJournal(clock, { keepMs: KEEP_MS, maxEntries });
  /** Names that a server which owns all, or those with a prefix, may have missed. */
  const missed = ({ promoted = false, owns = '' } = {}) => {
    const { invalidations, complete } = journal.missedBy({ promoted, owns: (name) => name.startsWith(owns) });
    return { names: invalidations.map(({ name }) => name), complete };
  };
  return { clock, journal, missed };
};

describe('a server that was away may have missed', () => {
  test('what it has not answered, in its order, and nothing that it has', () => {
    const { journal, missed } = setUp();
    const [first] = [journal.note([key('a')]), journal.note([key('b'), key('c')]), journal.note([key('d')])];
    journal.executed(first);
    expect(missed()).toEqual({ names: ['b', 'c', 'd'], complete: true });
    expect(journal.open).toBe(3);
  });

  test('what it owns, and nothing of another server', () => {
    const { journal, missed } = setUp();
    journal.note([key('one:a'), key('two:a'), key('one:b')]);
    expect(missed({ owns: 'one' }).names).toEqual(['one:a', 'one:b']);
  });

  test('nothing that it refused, for it would do so again', () => {
    const { journal, missed } = setUp();
    journal.refused(journal.note([key('a')]));
    expect([missed({ promoted: true }).names, journal.open]).toEqual([[], 0]);
  });

  test('however long ago it was', async () => {
    const { clock, journal, missed } = setUp();
    journal.note([key('a')]);
    await clock.advance(10 * KEEP_MS);
    journal.note([key('b')]);
    expect(missed().names).toEqual(['a', 'b']);
  });
});

describe('a replica that was promoted may lack also', () => {
  test('what the old master had executed in the last 30 s', async () => {
    const { clock, journal, missed } = setUp();
    journal.executed(journal.note([key('old')]));
    await clock.advance(1_000);
    journal.executed(journal.note([key('young')]));
    journal.note([key('open')]);
    await clock.advance(KEEP_MS);
    expect(missed({ promoted: true })).toEqual({ names: ['young', 'open'], complete: true });
    expect(missed().names).toEqual(['open']);
  });

  test('what had to be dropped before its time: then nobody knows what it lacks, until the 30 s have passed', async () => {
    const { clock, journal, missed } = setUp(3);
    for (const name of ['a', 'b', 'c', 'd']) journal.executed(journal.note([key(name)]));
    expect(missed({ promoted: true })).toEqual({ names: ['b', 'c', 'd'], complete: false });
    expect(missed().complete).toBe(true);
    await clock.advance(KEEP_MS + 1);
    expect(missed({ promoted: true })).toEqual({ names: [], complete: true });
  });
});

describe('a journal that is full', () => {
  test('drops what is oldest, and knows that it has lost something that nobody executed', () => {
    const { journal, missed } = setUp(2);
    journal.note([key('a'), key('b')]);
    expect([missed().complete, journal.lost]).toEqual([true, false]);
    journal.note([key('c')]);
    expect(missed()).toEqual({ names: ['b', 'c'], complete: false });
    expect([journal.open, journal.lost]).toEqual([2, true]);
  });

  test('forgets its loss when the server that it concerns has a new epoch, and not before', () => {
    const { journal, missed } = setUp(2);
    journal.note([key('one:a'), key('two:a'), key('two:b')]);
    expect([missed({ owns: 'one' }).complete, missed({ owns: 'two' }).complete]).toEqual([false, true]);
    journal.renewed({ promoted: false, owns: (name) => name.startsWith('two') });
    expect(missed({ owns: 'one' }).complete).toBe(false);
    journal.renewed({ promoted: false, owns: (name) => name.startsWith('one') });
    expect([missed().complete, journal.lost]).toEqual([true, false]);
  });
});
