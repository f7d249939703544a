import { types } from 'node:util';
import { height } from '../contracts/prototypes.js';

/**
 * Whether an object is one of the built-in classes that v8 brings back exactly and that cannot be frozen: Date, RegExp,
 * Map, Set, ArrayBuffer, Buffer and the views. Instances of classes that extend them are not.
 */
export function isBuiltIn(value: object): boolean {
  if (ArrayBuffer.isView(value)) return height(value) === heightOfView(value);
  return (
    height(value) === 2 &&
    (isCollection(value) || types.isDate(value) || types.isRegExp(value) || isFixedBuffer(value))
  );
}

function heightOfView(value: ArrayBufferView): number {
  if (Buffer.isBuffer(value)) return 4;
  return types.isDataView(value) ? 2 : 3;
}

function isCollection(value: object): boolean {
  return types.isMap(value) || types.isSet(value);
}

function isFixedBuffer(value: object): boolean {
  return types.isArrayBuffer(value) && (value as { resizable?: boolean }).resizable !== true;
}
