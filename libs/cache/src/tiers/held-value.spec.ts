import { describe, expect, test } from '@jest/globals';
import { HeldValue } from './held-value.js';

class Bird {
  constructor(readonly name: string) {}
}

const revive = (plain: Record<string, unknown>) => new Bird(String(plain.name));

describe('a value that callers share', () => {
  test('is the same object for everybody, in a promise that was made once', async () => {
    const value = Object.freeze({ seeds: 3 });
    const held = HeldValue.of(value, 'shared');
    expect(held.take()).toBe(held.take());
    expect(await held.take()).toBe(value);
  });

  test('is a copy for each where the region wants clones, free to be changed', async () => {
    const value = Object.freeze({ seeds: Object.freeze([1, 2]) });
    const held = HeldValue.of(value, 'shared', true);
    const [one, other] = (await Promise.all([held.take(), held.take()])) as { seeds: number[] }[];
    one?.seeds.push(3);
    expect(one).toEqual({ seeds: [1, 2, 3] });
    expect(other).toEqual({ seeds: [1, 2] });
    expect(value.seeds).toEqual([1, 2]);
  });
});

describe('a value that cannot be frozen', () => {
  test('is a copy for each: what one caller does to it, no other sees', async () => {
    const held = HeldValue.of({ at: new Date(0), list: [1] }, 'cloned');
    const one = (await held.take()) as { at: Date; list: number[] };
    one.at.setTime(99);
    expect(await held.take()).toEqual({ at: new Date(0), list: [1] });
  });

  test('has its plain parts frozen, unless the region wants clones', async () => {
    const value = { at: new Date(0), list: [1] };
    const kept = (await HeldValue.of(value, 'cloned').take()) as typeof value;
    expect(Object.isFrozen(kept.list)).toBe(true);
    const thawed = (await HeldValue.of(value, 'cloned', true).take()) as typeof value;
    thawed.list.push(2);
    expect(thawed.list).toEqual([1, 2]);
  });
});

describe('instances of the region’s class', () => {
  test('are made anew for each caller', async () => {
    const held = HeldValue.revived({ name: 'nuthatch' }, revive);
    const [one, other] = await Promise.all([held.take(), held.take()]);
    expect(one).toEqual(new Bird('nuthatch'));
    expect(one).toBeInstanceOf(Bird);
    expect(one).not.toBe(other);
  });

  test('are made of each element of an array; null stays null', async () => {
    const birds = await HeldValue.revived([{ name: 'nuthatch' }, null], revive).take();
    expect(birds).toEqual([new Bird('nuthatch'), null]);
    expect(await HeldValue.revived(null, revive).take()).toBeNull();
  });

  test('cannot spoil the kept data: a reviver gets a copy of its own', async () => {
    const greedy = (plain: Record<string, unknown>) => {
      const bird = revive(plain);
      plain.name = 'eaten';
      return bird;
    };
    const held = HeldValue.revived({ name: 'nuthatch' }, greedy);
    await held.take();
    expect(await held.take()).toEqual(new Bird('nuthatch'));
  });

  test('are not held when the reviver throws', () => {
    const error = new TypeError('no bird');
    const broken = () => {
      throw error;
    };
    expect(() => HeldValue.revived({}, broken)).toThrow(error);
    expect(HeldValue.revived(null, broken)).toBeInstanceOf(HeldValue);
  });

  test('reject, and do not throw, when the reviver throws later on', async () => {
    const error = new TypeError('no bird');
    let times = 0;
    const held = HeldValue.revived({}, () => {
      if (++times > 1) throw error;
      return 'bird';
    });
    expect(await held.take()).toBe('bird');
    await expect(held.take()).rejects.toBe(error);
  });
});

test('a value that is not kept is the loader’s own object', async () => {
  const value = { seeds: 3 };
  expect(await HeldValue.passing(value).take()).toBe(value);
});
