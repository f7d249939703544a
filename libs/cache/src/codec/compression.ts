import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib';
import type { CompressionName } from '../contracts/codec.js';

/** The one that new payloads are written with; any of them is read. */
const DEFAULT_COMPRESSION = 'brotli';
/** A compressed payload is kept only below this share of its raw size: inflating it costs time on every read. */
const WORTHWHILE = 0.9;

/** Bytes and how they were compressed. */
export interface Compressed {
  readonly bytes: Buffer;
  readonly compression: CompressionName;
}

/** The bytes compressed, or as they are when they are no longer than `threshold` or when compressing saves less than a tenth. */
export function compress(
  raw: Buffer,
  threshold: number,
  by: CompressionName = DEFAULT_COMPRESSION,
): Compressed {
  if (raw.length > threshold && by !== 'none') {
    const bytes = by === 'brotli' ? brotli(raw) : deflateRawSync(raw, { level: 1 });
    if (bytes.length <= raw.length * WORTHWHILE) return { bytes, compression: by };
  }
  return { bytes: raw, compression: 'none' };
}

/** The raw bytes again, or `undefined` when there are more than `maxBytes` of them or they are damaged. */
export function decompress(
  bytes: Buffer,
  compression: CompressionName,
  maxBytes: number,
): Buffer | undefined {
  if (compression === 'none') return bytes.length <= maxBytes ? bytes : undefined;
  const limit = { maxOutputLength: maxBytes };
  try {
    return compression === 'brotli' ? brotliDecompressSync(bytes, limit) : inflateRawSync(bytes, limit);
  } catch {
    return undefined;
  }
}

function brotli(raw: Buffer): Buffer {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return brotliCompressSync(raw, {
    params: { [BROTLI_PARAM_QUALITY]: 1, [BROTLI_PARAM_SIZE_HINT]: raw.length },
  });
}
