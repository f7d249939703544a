/** The ways a value becomes bytes. Every entry names the one it was written with, so they may differ from entry to entry. */
export type CodecName = 'json' | 'msgpack' | 'v8';

/** How a payload was compressed. */
export type CompressionName = 'none' | 'deflate' | 'brotli';

/** What came out of a value on its way to bytes. */
export type EncodeOutcome =
  | { readonly kind: 'encoded'; readonly payload: EncodedPayload }
  /** The value cannot be kept as it is; `reason` is for people and holds no part of the value. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A value as bytes, with what is needed to read it back. */
export interface EncodedPayload {
  readonly bytes: Buffer;
  readonly codec: CodecName;
  readonly compression: CompressionName;
  /** The value was an instance of the region's `type` (or an array of them) and must be revived. */
  readonly typed: boolean;
  /** Bytes before compression. */
  readonly rawBytes: number;
}

/** How a decoded value is handed to callers: the same frozen object, or a clone for each. */
export type Sharing = 'shared' | 'cloned';

/** What came out of bytes on their way to a value. */
export type DecodeOutcome =
  | { readonly kind: 'decoded'; readonly value: unknown; readonly sharing: Sharing }
  | { readonly kind: 'invalid'; readonly reason: string };
