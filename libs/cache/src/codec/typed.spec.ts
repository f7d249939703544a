import { describe, expect, it } from '@jest/globals';
import { untype } from './typed.js';

class User {
  #secret = 1;
  constructor(readonly name: string) {}
  get shout(): string {
    return this.name.toUpperCase() + this.#secret;
  }
}
class Admin extends User {}

describe('untype', () => {
  it('makes a plain object of an instance', () => {
    const { value, typed } = untype(new User('ann'), User);
    expect(typed).toBe(true);
    expect(value).toStrictEqual({ name: 'ann' });
  });

  it('makes plain objects of the instances in a list, and leaves null alone', () => {
    const { value, typed } = untype([new User('ann'), null], User);
    expect(typed).toBe(true);
    expect(value).toStrictEqual([{ name: 'ann' }, null]);
  });

  it('keeps a property named __proto__ a property', () => {
    const user = new User('ann');
    Object.defineProperty(user, '__proto__', { value: { admin: true }, enumerable: true });
    const { value } = untype(user, User);
    expect(Object.keys(value as object)).toEqual(['name', '__proto__']);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['an instance of a subclass', new Admin('ann')],
    ['a list with one of them', [new User('ann'), new Admin('bob')]],
    ['a list with anything else', [new User('ann'), undefined]],
    ['an instance inside an object', { user: new User('ann') }],
    ['an instance inside a list inside a list', [[new User('ann')]]],
    ['plain data', { name: 'ann' }],
    ['an empty list', []],
    ['a list of nothing but null', [null]],
    ['null', null],
    ['an extended list', new (class extends Array<User> {})(new User('ann'))],
    ['an endless list', new Array<unknown>(4_000_000_000)],
  ])('leaves as it is: %s', (_, value) => {
    const outcome = untype(value, User);
    expect(outcome.typed).toBe(false);
    expect(outcome.value).toBe(value);
  });

  it('does nothing for a region without a class', () => {
    const user = new User('ann');
    expect(untype(user, undefined)).toEqual({ value: user, typed: false });
  });
});
