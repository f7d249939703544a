import { expect, test } from '@jest/globals';
import { sleep } from '../contracts/clock.js';
import { FakeClock } from './fake-clock.js';

test('time stands still until it is moved, and the calendar moves with it', async () => {
  const clock = new FakeClock(1_000_000);
  expect([clock.now(), clock.wall()]).toEqual([0, 1_000_000]);
  await clock.advance(250);
  expect([clock.now(), clock.wall()]).toEqual([250, 1_000_250]);
});

test('timers run in the order in which they are due, each at its own time', async () => {
  const clock = new FakeClock();
  const rang: string[] = [];
  clock.after(30, () => rang.push(`late ${clock.now()}`));
  clock.after(10, () => rang.push(`early ${clock.now()}`));
  clock.every(12, () => rang.push(`again ${clock.now()}`));
  await clock.advance(30);
  expect(rang).toEqual(['early 10', 'again 12', 'again 24', 'late 30']);
});

test('what a timer starts runs before time goes on', async () => {
  const clock = new FakeClock();
  const woke: number[] = [];
  const nap = async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10);
      woke.push(clock.now());
    }
  };
  const done = nap();
  await clock.advance(100);
  await done;
  expect(woke).toEqual([10, 20, 30]);
});

test('a cancelled timer never runs and is not counted', async () => {
  const clock = new FakeClock();
  let runs = 0;
  const once = clock.after(5, () => runs++);
  const often = clock.every(5, () => runs++);
  expect(clock.timers).toBe(2);
  once.cancel();
  often.cancel();
  await clock.advance(50);
  expect([runs, clock.timers]).toEqual([0, 0]);
});

test('a jump runs nothing; what is overdue runs at the next advance', async () => {
  const clock = new FakeClock();
  const rang: number[] = [];
  clock.every(10, () => rang.push(clock.now()));
  clock.jump(1_000);
  expect(rang).toEqual([]);
  await clock.advance(0);
  expect(rang).toEqual([1_000]);
});
