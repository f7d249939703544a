import { describe, expect, test } from '@jest/globals';
import type { Resume, ResumedServer } from '../contracts/store.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Arrears } from './arrears.js';

/** Slots are named by their numbers. */
function setUp() {
  const clock = new FakeClock();
  const asked: ResumedServer[] = [];
  const renewed: number[][] = [];
  const answers: { resolve: (verdict: 'resume' | 'renew') => void; reject: () => void }[] = [];
  const resume: Resume = (server) => {
    asked.push(server);
    return new Promise((resolve, reject) =>
      answers.push({ resolve, reject: () => reject(new Error('not now')) }),
    );
  };
  const renew = (slots: ReadonlySet<number>) => void renewed.push([...slots]);
  const arrears = new Arrears({ clock, resume, slotOf: Number, renew });
  const answer = async (verdict: 'resume' | 'renew' | 'fail') => {
    const next = answers.shift();
    if (next === undefined) throw new Error('nobody asked');
    if (verdict === 'fail') next.reject();
    else next.resolve(verdict);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, asked, renewed, arrears, answer };
}

describe('slots whose server may lack an invalidation', () => {
  test('are in arrears until that was made up for, and no others are', async () => {
    const { arrears, asked, answer } = setUp();
    expect(arrears.isEmpty).toBe(true);
    arrears.gained([1, 2]);
    expect([0, 1, 2].map((slot) => arrears.has(slot))).toEqual([false, true, true]);
    expect(asked.map(({ promoted }) => promoted)).toEqual([false]);
    expect(['0', '1', '2', '3'].map((name) => asked[0]?.owns(name))).toEqual([false, true, true, false]);
    await answer('resume');
    expect(arrears.isEmpty).toBe(true);
  });

  test('are asked for nothing when there are none', () => {
    const { arrears, asked } = setUp();
    arrears.gained([]);
    expect(asked).toEqual([]);
  });

  test('that come up while others are made up for are made up for after them', async () => {
    const { arrears, asked, answer, clock } = setUp();
    arrears.gained([1]);
    arrears.gained([2]);
    expect(asked).toHaveLength(1);
    await answer('resume');
    expect([arrears.has(1), arrears.has(2)]).toEqual([false, true]);
    await clock.advance(200);
    expect(['1', '2'].map((name) => asked[1]?.owns(name))).toEqual([false, true]);
    await answer('resume');
    expect(arrears.isEmpty).toBe(true);
  });

  test('stay when another invalidation is lost while they are made up for: it may not have been among them', async () => {
    const { arrears, answer, clock } = setUp();
    arrears.gained([1]);
    arrears.failed(1);
    await answer('resume');
    expect(arrears.has(1)).toBe(true);
    await clock.advance(200);
    await answer('resume');
    expect(arrears.isEmpty).toBe(true);
  });

  test('are tried again when they could not be made up for', async () => {
    const { arrears, asked, answer, clock } = setUp();
    arrears.gained([1]);
    await answer('fail');
    expect(arrears.has(1)).toBe(true);
    await clock.advance(199);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    await answer('resume');
    expect(arrears.isEmpty).toBe(true);
  });

  test('where an invalidation failed wait a moment, for who lost it notes it only when he hears of that', async () => {
    const { arrears, asked, clock } = setUp();
    arrears.failed(1);
    expect([arrears.has(1), asked.length]).toEqual([true, 0]);
    await clock.advance(200);
    expect(asked).toHaveLength(1);
  });

  test('get a new epoch when not everything is known that they lack', async () => {
    const { arrears, answer, renewed } = setUp();
    arrears.gained([1, 2]);
    await answer('renew');
    expect(renewed).toEqual([[1, 2]]);
    expect(arrears.isEmpty).toBe(true);
  });

  test('are left alone once it is closed', async () => {
    const { arrears, asked, answer, clock } = setUp();
    arrears.gained([1]);
    arrears.close();
    await answer('fail');
    arrears.failed(2);
    await clock.advance(10_000);
    expect(asked).toHaveLength(1);
  });
});
