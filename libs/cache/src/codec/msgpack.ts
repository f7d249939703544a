import { Packr } from 'msgpackr';
import type { ValueCodec } from './value-codec.js';

/**
 * Records name each set of properties once per payload. Without `structures` to share, every payload carries its own
 * definitions and is read alone, by any process of any release. A property named `toJSON` is data, not a hook.
 */
const packr = new Packr({ useRecords: true, copyBuffers: true, useToJSON: false });

/** MessagePack with records, for lists of similar objects. It has no bytes for every string, nor for a property named `__proto__`. */
export const msgpackCodec: ValueCodec = {
  isExactFor: (shape) => shape.data && shape.portable,
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes) as unknown,
};
