import type { CodecName } from '../contracts/codec.js';
import type { EntryHeader } from '../contracts/entry.js';
import type { InstanceType } from '../contracts/region.js';
import { readEnvelope, writeEnvelope } from '../codec/envelope.js';
import { PayloadCodec } from '../codec/payload.js';
import type { Reviver } from './held-value.js';
import { HeldValue } from './held-value.js';

/** How the values of a region become bytes and come back. */
export interface FormatOptions {
  readonly codec: CodecName;
  readonly compress: boolean;
  /** Bytes above which a payload is compressed. */
  readonly compressionThreshold: number;
  readonly maxValueBytes: number;
  /** Every caller gets a copy of its own that it may change. */
  readonly clone: boolean;
  readonly type?: InstanceType<object>;
  readonly revive?: Reviver;
}

/** A value that is ready to be kept. */
export interface Prepared {
  readonly held: HeldValue;
  /** Size of the payload before compression. */
  readonly rawBytes: number;
  toBytes(header: EntryHeader): Buffer;
}

export type PrepareOutcome =
  | { readonly kind: 'prepared'; readonly prepared: Prepared }
  | { readonly kind: 'refused'; readonly reason: string };

/** An entry whose header was read; the value is decoded when it is known to be valid. */
export interface OpenedEntry {
  readonly header: EntryHeader;
  readonly bytes: number;
  /** `undefined` when the payload cannot be read. */
  value(): HeldValue | undefined;
}

export type OpenOutcome =
  | { readonly kind: 'opened'; readonly entry: OpenedEntry }
  | { readonly kind: 'invalid'; readonly id: string };

/** Turns values into entries' bytes and back, in the way one region wants it. */
export class EntryFormat {
  readonly #payloads: PayloadCodec;

  constructor(private readonly options: FormatOptions) {
    this.#payloads = new PayloadCodec(options);
  }

  /** Encodes a value and takes our own copy of it from the bytes: what the first caller gets is what every hit gets. */
  prepare(value: unknown): PrepareOutcome {
    const encoded = this.#payloads.encode(value, this.options.type);
    if (encoded.kind === 'refused') return encoded;
    const { payload } = encoded;
    const held = this.#held(payload.bytes, payload);
    if (held === undefined) return { kind: 'refused', reason: 'its bytes do not read back' };
    return {
      kind: 'prepared',
      prepared: { held, rawBytes: payload.rawBytes, toBytes: (header) => writeEnvelope(header, payload) },
    };
  }

  /** Reads an entry's header and checks its bytes. */
  open(bytes: Buffer): OpenOutcome {
    const envelope = readEnvelope(bytes);
    if (envelope.kind === 'invalid') return { kind: 'invalid', id: envelope.id };
    const value = () => this.#held(envelope.payload, envelope);
    return { kind: 'opened', entry: { header: envelope.header, bytes: bytes.length, value } };
  }

  #held(
    payload: Buffer,
    meta: Parameters<PayloadCodec['decode']>[1] & { typed: boolean },
  ): HeldValue | undefined {
    const decoded = this.#payloads.decode(payload, meta);
    if (decoded.kind === 'invalid') return undefined;
    const { revive, clone } = this.options;
    if (!meta.typed) return HeldValue.of(decoded.value, decoded.sharing, clone);
    return revive === undefined ? undefined : HeldValue.revived(decoded.value, revive);
  }
}
