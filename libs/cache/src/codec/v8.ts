import { deserialize, serialize } from 'node:v8';
import type { ValueCodec } from './value-codec.js';

/** The engine's own format: everything that is storable, at the price of being readable by Node only. */
export const v8Codec: ValueCodec = {
  isExactFor: () => true,
  encode: (value) => serialize(value),
  decode: (bytes) => deserialize(bytes) as unknown,
};
