import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { deepFreeze } from './freeze.js';
import { MAX_LEVELS } from './limits.js';

describe('deepFreeze', () => {
  it('freezes plain data to the last level', () => {
    const value = JSON.parse('{"a":[{"b":{"c":[]}}],"__proto__":{"d":{}}}') as { a: [{ b: { c: object } }] };
    expect(deepFreeze(value)).toBe(true);
    const own = Object.getOwnPropertyDescriptor(value, '__proto__')?.value as { d: object };
    for (const part of [value, value.a, value.a[0], value.a[0].b, value.a[0].b.c, own, own.d]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen(Object.prototype)).toBe(false);
  });

  it.each([[1], ['a'], [null], [undefined], [1n], [true]])('has nothing to freeze in %p', (value) => {
    expect(deepFreeze(value)).toBe(true);
  });

  it('freezes objects of another realm and objects without a prototype', () => {
    const value = runInNewContext('({ a: [Object.create(null)] })') as { a: [object] };
    expect(deepFreeze(value)).toBe(true);
    expect(Object.isFrozen(value.a[0])).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a Date', { at: new Date() }],
    ['a Map', [new Map()]],
    ['bytes', Buffer.alloc(1)],
    ['an instance', [[new (class {})()]]],
  ])('does not pretend to freeze %s', (_, value) => {
    expect(deepFreeze(value)).toBe(false);
  });

  it('stops at the deepest level that is allowed', () => {
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(deepFreeze(nested(MAX_LEVELS))).toBe(true);
    expect(deepFreeze(nested(MAX_LEVELS + 1))).toBe(false);
    expect(deepFreeze(nested(100_000))).toBe(false);
  });
});
