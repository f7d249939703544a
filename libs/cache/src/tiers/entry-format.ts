import type { CodecName, EncodedPayload } from '../contracts/codec.js';
import type { EntryHeader } from '../contracts/entry.js';
import type { InstanceType } from '../contracts/region.js';
import type { EnvelopeOutcome } from '../codec/envelope.js';
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
  /** `undefined` for a header that the format cannot hold. */
  toBytes(header: EntryHeader): Buffer | undefined;
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
  /** The same payload under another header; `undefined` for one that the format cannot hold. */
  toBytes(header: EntryHeader): Buffer | undefined;
}

type Envelope = Extract<EnvelopeOutcome, { kind: 'envelope' }>;

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
    if (typeof held === 'string') return { kind: 'refused', reason: held };
    return {
      kind: 'prepared',
      prepared: { held, rawBytes: payload.rawBytes, toBytes: (header) => envelopeOf(header, payload) },
    };
  }

  /** Reads an entry's header and checks its bytes. */
  open(bytes: Buffer): OpenOutcome {
    const envelope = readEnvelope(bytes);
    if (envelope.kind === 'invalid') return { kind: 'invalid', id: envelope.id };
    return new Opened(this, envelope, bytes.length);
  }

  /** The value in the payload of an entry that was opened. */
  valueOf(envelope: Envelope): HeldValue | undefined {
    const held = this.#held(envelope.payload, envelope);
    return typeof held === 'string' ? undefined : held;
  }

  /** The value in a payload, or the reason why there is none. */
  #held(
    payload: Buffer,
    meta: Parameters<PayloadCodec['decode']>[1] & { typed: boolean },
  ): HeldValue | string {
    const decoded = this.#payloads.decode(payload, meta);
    if (decoded.kind === 'invalid') return 'its bytes do not read back';
    const { revive, clone } = this.options;
    if (!meta.typed) return HeldValue.of(decoded.value, decoded.sharing, clone);
    if (revive === undefined) return 'its region has no revive function any more';
    try {
      return HeldValue.revived(decoded.value, revive);
    } catch (error) {
      return `its revive function threw ${error instanceof Error ? error.name : typeof error}`;
    }
  }
}

/** What was read of an entry; a class, for one is made for every read from the store. */
class Opened implements OpenedEntry {
  readonly kind = 'opened';

  constructor(
    private readonly format: EntryFormat,
    private readonly envelope: Envelope,
    readonly bytes: number,
  ) {}

  /** The outcome of opening is the entry itself. */
  get entry(): OpenedEntry {
    return this;
  }

  get header(): EntryHeader {
    return this.envelope.header;
  }

  value(): HeldValue | undefined {
    return this.format.valueOf(this.envelope);
  }

  toBytes(header: EntryHeader): Buffer | undefined {
    const { payload: bytes, codec, compression, typed } = this.envelope;
    return envelopeOf(header, { bytes, codec, compression, typed, rawBytes: bytes.length });
  }
}

/** A header's nonces and epoch come from the server, where anybody may have written: what cannot be held is no error. */
function envelopeOf(header: EntryHeader, payload: EncodedPayload): Buffer | undefined {
  try {
    return writeEnvelope(header, payload);
  } catch {
    return undefined;
  }
}
