import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { className, height, isDense, isPlain } from './prototypes.js';

class User {}

describe('prototypes', () => {
  it.each<[string, object, number]>([
    ['no prototype', Object.create(null) as object, 0],
    ['an object', {}, 1],
    ['an array', [], 2],
    ['an instance', new User(), 2],
    ['a typed array', new Uint8Array(), 3],
    ['a Buffer', Buffer.alloc(0), 4],
    ['a chain that is longer than any we know', Object.setPrototypeOf({}, chain(100)) as object, 6],
  ])('are counted: %s', (_, value, expected) => {
    expect(height(value)).toBe(expected);
  });

  it.each<[string, object, boolean]>([
    ['an object', {}, true],
    ['an object of another realm', runInNewContext('({})') as object, true],
    ['one with a property named constructor', runInNewContext('({ constructor: 1 })') as object, true],
    ['an object without prototype', Object.create(null) as object, true],
    ['an instance', new User(), false],
    [
      'an instance of a class without a base',
      runInNewContext('Reflect.construct(Object, [], class extends null {})') as object,
      false,
    ],
    ['an object on an object', Object.create({}) as object, false],
    [
      'an object on an empty one, as a query is',
      Object.create(Object.create(null) as object) as object,
      true,
    ],
    [
      'an object on one that has something to give on',
      Object.create(Object.assign(Object.create(null) as object, { wings: 2 })) as object,
      false,
    ],
    ['an array', [], false],
  ])('tell plain data: %s', (_, value, expected) => {
    expect(isPlain(value)).toBe(expected);
  });

  it('give a class its name', () => {
    expect(className(new User())).toBe('User');
    expect(className(Object.create(null) as object)).toBe('an unnamed class');
    expect(className({ constructor: User })).toBe('Object');
    const odd = Object.defineProperty(class {}, 'name', { value: 1 });
    expect(className(new odd())).toBe('an unnamed class');
  });
});

describe('isDense', () => {
  it.each<[string, unknown[], boolean]>([
    ['an empty list', [], true],
    ['a list with undefined', [undefined, 1], true],
    ['a hole', [, 1], false], // eslint-disable-line no-sparse-arrays
    ['a hole at the end', Object.assign([1], { length: 2 }), false],
    ['a property', Object.assign([1], { x: 1 }), false],
    ['a hole and a property', Object.assign([, 1], { x: 1 }), false], // eslint-disable-line no-sparse-arrays
  ])('is asked about %s', (_, value, expected) => {
    expect(isDense(value)).toBe(expected);
  });
});

function chain(length: number): object {
  let above: object = {};
  for (let level = 0; level < length; level++) above = Object.create(above) as object;
  return above;
}
