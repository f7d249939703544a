import { describe, expect, test } from '@jest/globals';
import { SeenWorlds } from './seen-worlds.js';

/** A world of four bytes that tell a number. */
const world = (number: number) => Uint8Array.from([number >>> 24, number >>> 16, number >>> 8, number]);

describe('the worlds that were seen', () => {
  test('are known again, each of them and no other, however many there are', () => {
    const seen = new SeenWorlds(4);
    const numbers = Array.from({ length: 100_000 }, (_, number) => number);
    expect(numbers.filter((number) => seen.add(world(number)))).toEqual(numbers);
    expect(numbers.filter((number) => seen.add(world(number)))).toEqual([]);
    expect(seen.size).toBe(100_000);
  });

  test('keep their bytes when the array they came in is used again', () => {
    const seen = new SeenWorlds(4);
    const bytes = world(1);
    seen.add(bytes);
    bytes.set(world(2));
    expect([seen.add(bytes), seen.add(world(1))]).toEqual([true, false]);
  });
});
