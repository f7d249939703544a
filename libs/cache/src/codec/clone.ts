import { types } from 'node:util';
import { CacheError } from '../contracts/errors.js';
import { className, isPlain } from '../contracts/prototypes.js';

export interface CloneOptions {
  /** Freezes arrays and plain objects of the copy; what cannot be frozen is the caller's own anyway. */
  readonly freezePlain: boolean;
}

/**
 * An exact copy of a storable value, to its last level. Unlike `structuredClone` it keeps a Buffer a Buffer.
 * @throws CacheError `NOT_STORABLE` for an object that no codec would have written.
 */
export function cloneValue(value: unknown, options: CloneOptions): unknown {
  return cloneLevel(value, options.freezePlain);
}

function cloneLevel(value: unknown, freeze: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value) && !isPlain(value)) return cloneBuiltIn(value, freeze);
  const copy = Array.isArray(value)
    ? cloneItems(value, freeze)
    : cloneProperties(value as Record<string, unknown>, freeze);
  return freeze ? Object.freeze(copy) : copy;
}

function cloneItems(value: readonly unknown[], freeze: boolean): unknown[] {
  const copy: unknown[] = [];
  for (let index = 0; index < value.length; index++) copy.push(cloneLevel(value[index], freeze));
  return copy;
}

function cloneProperties(value: Record<string, unknown>, freeze: boolean): object {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const item = cloneLevel(value[name], freeze);
    if (name === '__proto__') {
      // An assignment would set the prototype.
      Object.defineProperty(copy, name, {
        value: item,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else {
      copy[name] = item;
    }
  }
  return copy;
}

function cloneBuiltIn(value: object, freeze: boolean): object {
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isMap(value)) return cloneMap(value, freeze);
  if (types.isSet(value)) return new Set(Array.from(value, (item) => cloneLevel(item, freeze)));
  if (types.isRegExp(value)) return new RegExp(value.source, value.flags);
  if (types.isArrayBuffer(value)) return value.slice(0);
  if (ArrayBuffer.isView(value)) return cloneView(value);
  throw new CacheError('NOT_STORABLE', `no copy can be made of an instance of ${className(value)}`);
}

function cloneMap(value: Map<unknown, unknown>, freeze: boolean): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  for (const [key, item] of value) copy.set(cloneLevel(key, freeze), cloneLevel(item, freeze));
  return copy;
}

/** A view on memory of its own, not on a pool that others write to. */
function cloneView(value: ArrayBufferView): ArrayBufferView {
  if (Buffer.isBuffer(value)) {
    const copy = Buffer.allocUnsafeSlow(value.length);
    value.copy(copy);
    return copy;
  }
  if (types.isTypedArray(value)) return value.slice();
  return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
}
