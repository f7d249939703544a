import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { classify } from './classify.js';
import { MAX_ITEMS, MAX_LEVELS } from './limits.js';

const BYTES = 1_000_000;

class User {
  constructor(readonly name: string) {}
}

describe('classify', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a boolean', false],
    ['a number', 1.5],
    ['a string', 'é\ud800'],
    ['an array', [1, [null], 'a']],
    ['an object', { a: { b: [1] }, ['__proto__']: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['plain data of another realm', runInNewContext('({ a: [1, { b: null }] })')],
    ['a property named toJSON that is no function', { toJSON: 1 }],
  ])('takes for data: %s', (_, value) => {
    expect(classify(value, BYTES)).toMatchObject({ kind: 'storable', data: true, mutable: false });
  });

  it.each<[string, unknown, boolean]>([
    ['undefined', undefined, false],
    ['an undefined property', { a: undefined }, false],
    ['an undefined item', [undefined], false],
    ['a bigint', { a: 1n }, false],
    ['NaN', [NaN], false],
    ['infinity', [-Infinity], false],
    ['the other zero', [-0], false],
    ['a Date', { at: new Date(0) }, true],
    ['a Map', new Map([[{ a: 1 }, [new Date(0)]]]), true],
    ['a Set', new Set([1]), true],
    ['a regular expression', /x/g, true],
    ['a Buffer', Buffer.from('x'), true],
    ['a typed array', new Float64Array(2), true],
    ['a view', new DataView(new ArrayBuffer(2)), true],
    ['a buffer of bytes', new ArrayBuffer(2), true],
    ['a Date of another realm', runInNewContext('new Date(0)'), true],
    ['a Map of another realm', runInNewContext('new Map([[1, new Set([/x/])]])'), true],
  ])('takes for more than JSON can say: %s', (_, value, mutable) => {
    expect(classify(value, BYTES)).toMatchObject({ kind: 'storable', data: false, mutable });
  });

  it('finds a toJSON that hides what JSON would read', () => {
    const prototype = Object.prototype as { toJSON?: unknown };
    prototype.toJSON = () => 'hidden';
    try {
      expect(classify({ a: 1 }, BYTES)).toMatchObject({ data: false });
      expect(classify([1], BYTES)).toMatchObject({ data: false });
    } finally {
      delete prototype.toJSON;
    }
  });

  it('knows whether UTF-8 has bytes for all text, if asked', () => {
    const portable = (value: unknown, asked = true) => classify(value, BYTES, asked);
    expect(portable({ a: ['é🐦'] })).toMatchObject({ portable: true });
    expect(portable({ a: ['é🐦'] }, false)).toMatchObject({ portable: false });
    expect(portable({ a: ['\ud800'] })).toMatchObject({ portable: false });
    expect(portable({ 'a\udc00': 1 })).toMatchObject({ portable: false });
    expect(portable({ ['__proto__']: 1 })).toMatchObject({ portable: false });
  });
});

describe('values that are not storable', () => {
  const cycle: { next?: unknown } = {};
  cycle.next = [{ cycle }];
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };
  const hidden = Object.defineProperty({}, 'password', { value: 'secret', enumerable: false });

  it.each<[string, unknown, RegExp]>([
    ['an instance', new User('secret'), /^instance of User$/],
    ['an instance deep inside', { users: new Map([[1, [new User('secret')]]]) }, /^instance of User$/],
    ['an extended array', new (class Users extends Array {})(), /^instance of Users$/],
    ['an extended Map', new (class Index extends Map {})(), /^instance of Index$/],
    ['an extended Date', new (class Day extends Date {})(), /^instance of Day$/],
    ['extended bytes', new (class Bytes extends Uint8Array {})(1), /^instance of Bytes$/],
    ['an error', new TypeError('secret'), /^instance of TypeError$/],
    ['a boxed number', Object(1), /^instance of Number$/],
    ['shared memory', new SharedArrayBuffer(1), /^instance of SharedArrayBuffer$/],
    ['a weak map', new WeakMap(), /^instance of WeakMap$/],
    ['a function', { act: () => 1 }, /^a function$/],
    ['a toJSON of its own', { toJSON: () => 1 }, /^a function$/],
    ['a symbol', [Symbol('secret')], /^a symbol$/],
    ['a symbol as key', { [Symbol('secret')]: 1 }, /symbol as key/],
    ['arguments', runInNewContext('(function () { return arguments; })()'), /hidden property/],
    ['a Promise', Promise.resolve(1), /^a Promise$/],
    ['a stream', Readable.from([]), /^a stream \(Readable\)$/],
    ['a web stream', new ReadableStream(), /^a stream \(ReadableStream\)$/],
    ['a proxy', { a: new Proxy({}, {}) }, /^a proxy$/],
    ['a getter', { get a() { return 1; } }, /getter or setter/], // prettier-ignore
    ['a setter', { set a(_: number) {} }, /getter or setter/],
    ['a hidden property', hidden, /hidden property/],
    ['a Map with properties', Object.assign(new Map(), { a: 1 }), /^a Map with properties$/],
    ['an array with properties', Object.assign([1], { a: 1 }), /sparse or has properties/],
    ['an array with a symbol', Object.assign([1], { [Symbol('a')]: 1 }), /sparse or has properties/],
    ['an array with a hole', [1, , 2], /sparse or has properties/], // eslint-disable-line no-sparse-arrays
    ['an endless array', new Array<unknown>(4_000_000_000), /items/],
    ['a cycle', cycle, /^a cycle$/],
    ['many levels', nested(MAX_LEVELS + 1), /^more than 512 levels$/],
    ['very many levels', nested(100_000), /^more than 512 levels$/],
  ])('are named: %s', (_, value, reason) => {
    expect(classify(value, BYTES)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
  });

  it('are told from those at the limit', () => {
    expect(classify(nested(MAX_LEVELS), BYTES).kind).toBe('storable');
  });

  it('are found without reading all of them', () => {
    let twice: unknown = 'x';
    for (let level = 0; level < 500; level++) twice = [twice, twice];
    expect(classify(twice, Infinity)).toEqual({ kind: 'refused', reason: `more than ${MAX_ITEMS} items` });
    expect(classify(twice, 1_000)).toEqual({ kind: 'refused', reason: 'more than 1000 bytes' });
    expect(classify(['x'.repeat(1_000)], 1_000)).toEqual({ kind: 'refused', reason: 'more than 1000 bytes' });
    expect(classify(Buffer.alloc(1_001), 1_000)).toEqual({ kind: 'refused', reason: 'more than 1000 bytes' });
    const name = { ['x'.repeat(1_001)]: 1 };
    expect(classify(name, 1_000)).toEqual({ kind: 'refused', reason: 'more than 1000 bytes' });
    const items = new Array<number>(MAX_ITEMS + 1).fill(1);
    expect(classify(items, Infinity)).toEqual({ kind: 'refused', reason: `more than ${MAX_ITEMS} items` });
    const half = new Array<number>(MAX_ITEMS / 2).fill(1);
    expect(classify([half, half], Infinity)).toEqual({
      kind: 'refused',
      reason: `more than ${MAX_ITEMS} items`,
    });
  });
});
