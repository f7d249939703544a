import type {
  CodecName,
  CompressionName,
  DecodeOutcome,
  EncodeOutcome,
  Sharing,
} from '../contracts/codec.js';
import type { InstanceType } from '../contracts/region.js';
import type { StorableShape } from './classify.js';
import { classify } from './classify.js';
import { cloneValue } from './clone.js';
import { compress, decompress } from './compression.js';
import { deepFreeze } from './freeze.js';
import { jsonCodec } from './json.js';
import { msgpackCodec } from './msgpack.js';
import { untype } from './typed.js';
import { v8Codec } from './v8.js';
import type { ValueCodec } from './value-codec.js';

const CODECS: Readonly<Record<CodecName, ValueCodec>> = {
  json: jsonCodec,
  msgpack: msgpackCodec,
  v8: v8Codec,
};

/** How payloads are written. */
export interface PayloadOptions {
  /** The codec for values that it brings back exactly; all others are written with v8. */
  readonly codec: CodecName;
  readonly compress: boolean;
  /** Bytes above which a payload is compressed. */
  readonly compressionThreshold: number;
  /** Bytes before compression; neither written nor read beyond it. */
  readonly maxValueBytes: number;
}

/** How a payload was written. */
export interface PayloadMeta {
  readonly codec: CodecName;
  readonly compression: CompressionName;
}

/** Values to payloads and back. What it accepts comes back exactly as it was; it never changes its input and never throws. */
export class PayloadCodec {
  constructor(private readonly options: PayloadOptions) {}

  /** A value as bytes. Instances of `type` are written as their properties; instances of any other class are refused. */
  encode(value: unknown, type?: InstanceType<object>): EncodeOutcome {
    try {
      const plain = untype(value, type);
      const shape = classify(plain.value, this.options.maxValueBytes, this.options.codec === 'msgpack');
      if (shape.kind === 'refused') return shape;
      return this.write(plain.value, shape, plain.typed);
    } catch {
      // Neither name nor message of what it threw, for they may hold parts of the value.
      return { kind: 'refused', reason: 'it throws when it is read' };
    }
  }

  /** The value in a payload: a copy of its own, its plain parts frozen. */
  decode(bytes: Uint8Array, meta: PayloadMeta): DecodeOutcome {
    try {
      const raw = decompress(asBuffer(bytes), meta.compression, this.options.maxValueBytes);
      if (raw === undefined) return invalid('it is damaged or larger than maxValueBytes');
      const value = CODECS[meta.codec].decode(raw);
      return meta.codec === 'v8' ? this.settle(value) : settleData(value);
    } catch {
      return invalid('its bytes do not read as ' + meta.codec);
    }
  }

  private write(value: unknown, shape: StorableShape, typed: boolean): EncodeOutcome {
    const { codec: preferred, compressionThreshold, maxValueBytes } = this.options;
    const codec = CODECS[preferred].isExactFor(shape) ? preferred : 'v8';
    const raw = CODECS[codec].encode(value);
    if (raw.length > maxValueBytes) return { kind: 'refused', reason: `more than ${maxValueBytes} bytes` };
    const threshold = this.options.compress ? compressionThreshold : Infinity;
    const { bytes, compression } = compress(raw, threshold);
    return { kind: 'encoded', payload: { bytes, codec, compression, typed, rawBytes: raw.length } };
  }

  /** v8 reads back more than is ever written, and its views lie on the bytes that were read. */
  private settle(value: unknown): DecodeOutcome {
    const shape = classify(value, this.options.maxValueBytes);
    if (shape.kind === 'refused') return invalid(`it contains ${shape.reason}`);
    return shape.mutable ? decoded(cloneValue(value, { freezePlain: true }), 'cloned') : settleData(value);
  }
}

function settleData(value: unknown): DecodeOutcome {
  return deepFreeze(value) ? decoded(value, 'shared') : invalid('it is nested too deep or not plain data');
}

function decoded(value: unknown, sharing: Sharing): DecodeOutcome {
  return { kind: 'decoded', value, sharing };
}

function invalid(reason: string): DecodeOutcome {
  return { kind: 'invalid', reason };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
