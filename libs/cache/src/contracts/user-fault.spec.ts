import { describe, expect, it, jest } from '@jest/globals';
import { UserFault, atOnce, faultOf, kindOfError } from './user-fault.js';

const SECRET = 'SECRET-1';

class Refused extends RangeError {}

const named = Object.assign(new TypeError(SECRET), { name: SECRET });
const hostile = new Proxy(new Error(SECRET), {
  getPrototypeOf: () => {
    throw new Error(SECRET);
  },
});
const unreadable = Object.create({
  get constructor() {
    throw new Error(SECRET);
  },
}) as object;

describe('The words for what a function has thrown', () => {
  it.each([
    [new Refused(SECRET), 'Refused'],
    [named, 'TypeError'],
    [SECRET, 'string'],
    [42, 'number'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol(SECRET), 'symbol'],
    [Object.freeze({ message: SECRET }), 'Object'],
    [Object.create(null), 'an unnamed class'],
    [hostile, 'an object'],
    [unreadable, 'an object'],
  ])('name its class or type and nothing of it (%#)', (error, kind) => {
    expect(kindOfError(error)).toBe(kind);
    expect(faultOf(error)).toBe(`threw ${kind}`);
  });

  it('are those of a fault of ours as they stand', () => {
    expect(faultOf(new UserFault('did not return an array of tags'))).toBe('did not return an array of tags');
  });
});

describe('An answer that is asked for at once', () => {
  it.each([undefined, null, 0, '', true, ['a'], { then: 5 }, () => undefined])('is itself: %p', (answer) => {
    expect(atOnce(answer)).toBe(answer);
  });

  it('is no promise', () => {
    expect(() => atOnce(Promise.resolve(true))).toThrow(UserFault);
  });

  it('is no thenable either, which is not started: it may be a query', () => {
    const then = jest.fn();
    expect(() => atOnce({ then })).toThrow('returned a promise');
    expect(then).not.toHaveBeenCalled();
  });
});
