import type { CodecName, CompressionName } from '../contracts/codec.js';

/** How a payload was written, in one byte of its entry. */
export interface PayloadStyle {
  readonly codec: CodecName;
  readonly compression: CompressionName;
  readonly typed: boolean;
}

// A place in a list is a number on the wire: new names go to the end.
const CODECS: readonly CodecName[] = ['json', 'msgpack', 'v8'];
const COMPRESSIONS: readonly CompressionName[] = ['none', 'deflate', 'brotli'];

/** By byte: bits 0 and 1 are the codec, 2 and 3 the compression, 4 says "typed", the others are 0. */
const STYLES: readonly (PayloadStyle | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const codec = CODECS[byte & 3];
  const compression = COMPRESSIONS[(byte >> 2) & 3];
  if (codec === undefined || compression === undefined || byte > 31) return undefined;
  return { codec, compression, typed: (byte & 16) !== 0 };
});

/** The byte of a style. */
export function styleByte(style: PayloadStyle): number {
  return (
    CODECS.indexOf(style.codec) | (COMPRESSIONS.indexOf(style.compression) << 2) | (style.typed ? 16 : 0)
  );
}

/** The style of a byte, or `undefined` where none is known. */
export function styleOf(byte: number | undefined): PayloadStyle | undefined {
  return byte === undefined ? undefined : STYLES[byte];
}
