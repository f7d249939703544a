import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Bar } from './together.js';
import { together } from './together.js';

/** Bars that begin and end when the test lets them, and what happened in which order. */
function scene(names: readonly string[]) {
  const log: string[] = [];
  const gates = new Map<string, () => void>();
  const gate = (name: string) => new Promise<void>((resolve) => gates.set(name, resolve));
  const bars = names.map((name): Bar<string> => async (inside) => {
    await gate(`begin ${name}`);
    log.push(`begun ${name}`);
    try {
      return await inside();
    } finally {
      await gate(`end ${name}`);
      log.push(`ended ${name}`);
    }
  });
  const open = async (name: string) => {
    gates.get(name)?.();
    await setImmediate();
  };
  return { log, bars, open };
}

it('starts the work once, when the last bar has begun, and resolves when the last has ended', async () => {
  const { log, bars, open } = scene(['a', 'b']);
  const done = together(bars, async () => {
    log.push('work');
    return 'worked';
  }).then((result) => log.push(result));
  await open('begin b');
  expect(log).toEqual(['begun b']);
  await open('begin a');
  await open('end a');
  expect(log).toEqual(['begun b', 'begun a', 'work', 'ended a']);
  await open('end b');
  await done;
  expect(log).toEqual(['begun b', 'begun a', 'work', 'ended a', 'ended b', 'worked']);
});

it('rejects with what the work threw, when the last bar has ended', async () => {
  const { log, bars, open } = scene(['a', 'b']);
  const done = together(bars, () => Promise.reject(new Error('refused'))).catch((error: Error) =>
    log.push(error.message),
  );
  for (const step of ['begin a', 'begin b', 'end a']) await open(step);
  expect(log).not.toContain('refused');
  await open('end b');
  await done;
  expect(log.at(-1)).toBe('refused');
});

it('does not run the work when a bar cannot begin, and frees the others', async () => {
  const { log, bars, open } = scene(['a']);
  const broken: Bar<string> = () => Promise.reject(new Error('broken'));
  const done = together([...bars, broken], async () => {
    log.push('work');
    return 'worked';
  }).catch((error: Error) => log.push(error.message));
  for (const step of ['begin a', 'end a']) await open(step);
  await done;
  expect(log).toEqual(['begun a', 'ended a', 'broken']);
});

it('rejects when a bar fails at its end, though the work is done', async () => {
  const broken: Bar<string> = async (inside) => {
    await inside();
    throw new Error('not freed');
  };
  const free: Bar<string> = (inside) => inside();
  await expect(together([free, broken], async () => 'worked')).rejects.toThrow('not freed');
});

it('runs the work where nothing is to be barred', async () => {
  await expect(together([], () => Promise.resolve('worked'))).resolves.toBe('worked');
});
