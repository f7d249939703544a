import type { ValueCodec } from './value-codec.js';

/** JSON, the default: readable with any tool, and fast where values are small. */
export const jsonCodec: ValueCodec = {
  isExactFor: (shape) => shape.data,
  encode: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
  decode: (bytes) => JSON.parse(bytes.toString('utf8')) as unknown,
};
