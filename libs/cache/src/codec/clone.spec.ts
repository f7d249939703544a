import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { cloneValue } from './clone.js';

const thaw = { freezePlain: false };

describe('cloneValue', () => {
  it('copies plain data', () => {
    const value = { a: [1, { b: undefined }], c: -0, d: 1n };
    const copy = cloneValue(value, thaw) as typeof value;
    expect(copy).toStrictEqual(value);
    expect(copy).not.toBe(value);
    expect(copy.a).not.toBe(value.a);
    expect(copy.a[1]).not.toBe(value.a[1]);
  });

  it('freezes the plain parts of a copy on request, also inside a Map and a Set', () => {
    const inner = { a: 1 };
    const copy = cloneValue(
      { map: new Map([[inner, [inner]]]), set: new Set([inner]) },
      { freezePlain: true },
    );
    const { map, set } = copy as { map: Map<object, object[]>; set: Set<object> };
    const parts = [copy, ...map.keys(), ...map.values(), ...[...map.values()].flat(), ...set];
    expect(parts.every((part) => Object.isFrozen(part) && part !== inner)).toBe(true);
    expect(parts).toHaveLength(5);
    expect(Object.isFrozen(map) || Object.isFrozen(set) || Object.isFrozen(inner)).toBe(false);
  });

  it('leaves a copy of frozen data open to changes if it is not to freeze it', () => {
    const copy = cloneValue(Object.freeze({ a: Object.freeze([1]) }), thaw) as { a: number[] };
    copy.a.push(2);
    expect(copy).toEqual({ a: [1, 2] });
  });

  it('keeps built-ins what they are', () => {
    const date = cloneValue(new Date(7), thaw) as Date;
    expect(date).toEqual(new Date(7));
    const expression = cloneValue(/x/giu, thaw) as RegExp;
    expect([expression.source, expression.flags]).toEqual(['x', 'giu']);
    expect(cloneValue(new Map([[1, new Set([2])]]), thaw)).toEqual(new Map([[1, new Set([2])]]));
    expect(cloneValue(new Uint8Array([1, 2]).buffer, thaw)).toEqual(new Uint8Array([1, 2]).buffer);
    const buffer = cloneValue(Buffer.from('hello').subarray(1, 3), thaw);
    expect(Buffer.isBuffer(buffer) && buffer.toString()).toBe('el');
    expect(cloneValue(new Uint16Array([1, 2, 3]).subarray(1), thaw)).toEqual(new Uint16Array([2, 3]));
    const view = cloneValue(new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1), thaw) as DataView;
    expect([view.byteLength, view.getUint8(0)]).toEqual([1, 2]);
  });

  it('shares no memory with the original', () => {
    const bytes = Buffer.from('a');
    const original = [
      bytes,
      new Uint8Array(bytes.buffer, bytes.byteOffset, 1),
      new DataView(bytes.buffer, bytes.byteOffset, 1),
    ];
    const copies = cloneValue(original, thaw) as [Buffer, Uint8Array, DataView];
    bytes[0] = 0;
    expect([copies[0][0], copies[1][0], copies[2].getUint8(0)]).toEqual([97, 97, 97]);
    expect(copies[0].buffer.byteLength).toBe(1);
  });

  it('keeps a property named __proto__ a property', () => {
    const copy = cloneValue(JSON.parse('{"__proto__":{"a":1}}'), thaw) as object;
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as { a?: number }).a).toBeUndefined();
  });

  it('copies values of another realm', () => {
    const value: unknown = runInNewContext('({ a: [new Date(7), new Map([[1, 2]])] })');
    expect(cloneValue(value, thaw)).toStrictEqual({ a: [new Date(7), new Map([[1, 2]])] });
  });

  it('refuses what no codec would have written', () => {
    expect(() => cloneValue({ a: new (class User {})() }, thaw)).toThrow(/instance of User/);
  });
});
