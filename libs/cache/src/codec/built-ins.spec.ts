import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { isBuiltIn } from './built-ins.js';

describe('isBuiltIn', () => {
  it.each<[string, object]>([
    ['a Date', new Date()],
    ['a regular expression', /x/],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a buffer of bytes', new ArrayBuffer(1)],
    ['a Buffer', Buffer.alloc(1)],
    ['a typed array', new BigInt64Array(1)],
    ['a view', new DataView(new ArrayBuffer(1))],
    ['a Set of another realm', runInNewContext('new Set()') as object],
    ['a typed array of another realm', runInNewContext('new Float32Array(1)') as object],
  ])('knows %s', (_, value) => {
    expect(isBuiltIn(value)).toBe(true);
  });

  it.each<[string, object]>([
    ['an object', {}],
    ['a Map by name only', { [Symbol.toStringTag]: 'Map' }],
    ['an object on a Map', Object.create(new Map()) as object],
    ['an extended Set', new (class extends Set {})()],
    ['extended bytes', new (class extends Uint8Array {})(1)],
    ['extended wide bytes', new (class extends Uint16Array {})(1)],
    ['a buffer that can grow', runInNewContext('new ArrayBuffer(1, { maxByteLength: 2 })') as object],
    ['shared memory', new SharedArrayBuffer(1)],
    ['an error', new Error()],
    ['a weak set', new WeakSet()],
  ])('does not take for one: %s', (_, value) => {
    expect(isBuiltIn(value)).toBe(false);
  });
});
