import { crc32 } from 'node:zlib';
import type { EncodedPayload } from '../contracts/codec.js';
import type { EntryHeader } from '../contracts/entry.js';
import { CacheError } from '../contracts/errors.js';
import { isExpiryIntact, readExpiry, writeExpiry } from './envelope-expiry.js';
import { MAX_HEADER_BYTES, MAX_TAGS } from './limits.js';
import type { PayloadStyle } from './payload-style.js';
import { styleByte, styleOf } from './payload-style.js';
import { endOfTags, readTags, tagBytes, writeTags } from './tag-block.js';

/*
 * An entry in Redis. Numbers are big-endian, times are milliseconds since 1970.
 *
 *   offset  bytes  content
 *        0     16  id, random; scripts that compare and set look at nothing else
 *       16      1  format: 2
 *       17      1  codec, compression and "typed", see payload-style.ts
 *       18      4  length of the whole
 *       22      4  CRC-32 of all from the epoch on, started from format, style and length so that it covers them too
 *       26     20  softExpiry and hardExpiry with their own check, see envelope-expiry.ts; scripts replace them
 *       46      8  epoch
 *       54      8  createdAt (f64)
 *       62      4  loadMs
 *       66      2  number of tags, at most MAX_TAGS
 *       68         the tags, see tag-block.ts
 *                  the payload, to the end
 */
/** The format of the bytes that are written and read. */
export const FORMAT = 2;
const ID_BYTES = 16;
const AT_FORMAT = 16;
const AT_STYLE = 17;
const AT_LENGTH = 18;
const AT_CRC = 22;
/** Where the bytes of `expiryBytes` stand in an entry. */
export const AT_EXPIRY = 26;
const AT_EPOCH = 46;
const AT_CREATED = 54;
const AT_LOAD = 62;
const AT_TAG_COUNT = 66;
const AT_TAGS = 68;

const MAX_U8 = 0xff;
const MAX_U16 = 0xffff;
const MAX_U32 = 0xffff_ffff;
const EPOCH = /^[\da-f]{16}$/;
const NOT_LATIN1 = /[^\0-\xff]/;

/** What bytes from Redis turned out to be. `id` tells a script which bytes may be replaced, `''` if there is none. */
export type EnvelopeOutcome =
  | ({ readonly kind: 'envelope'; readonly header: EntryHeader; readonly payload: Buffer } & PayloadStyle)
  | { readonly kind: 'invalid'; readonly reason: string; readonly id: string };

/** The id of an entry, or `''` when the bytes are too few to have one. */
export function envelopeId(bytes: Buffer): string {
  return bytes.length < ID_BYTES ? '' : bytes.toString('latin1', 0, ID_BYTES);
}

/**
 * An entry's bytes.
 * @throws CacheError `NOT_STORABLE` for a header that the format cannot hold.
 */
export function writeEnvelope(header: EntryHeader, payload: EncodedPayload): Buffer {
  assertFits(header);
  const headerBytes = AT_TAGS + tagBytes(header.tags);
  assertField(headerBytes <= MAX_HEADER_BYTES, `at most ${MAX_HEADER_BYTES} bytes`);
  const length = headerBytes + payload.bytes.length;
  const bytes = Buffer.allocUnsafe(length);
  const style = styleByte(payload);
  bytes.write(header.id, 0, 'latin1');
  bytes[AT_FORMAT] = FORMAT;
  bytes[AT_STYLE] = style;
  bytes.writeUInt32BE(length, AT_LENGTH);
  writeHeader(bytes, header);
  payload.bytes.copy(bytes, writeTags(bytes, AT_TAGS, header.tags));
  bytes.writeUInt32BE(checksum(bytes, style), AT_CRC);
  return bytes;
}

/**
 * The entry in bytes from Redis; its payload shares their memory. Never throws: foreign, cut and altered bytes are `invalid`,
 * an alteration of the id alone excepted.
 */
export function readEnvelope(bytes: Buffer): EnvelopeOutcome {
  if (bytes.length < AT_TAGS) return invalid(bytes, 'too short');
  if (bytes[AT_FORMAT] !== FORMAT) return invalid(bytes, 'unknown format');
  if (bytes.readUInt32BE(AT_LENGTH) !== bytes.length) return invalid(bytes, 'wrong length');
  const byte = bytes.readUInt8(AT_STYLE);
  const style = styleOf(byte);
  if (style === undefined) return invalid(bytes, 'unknown codec or compression');
  if (bytes.readUInt32BE(AT_CRC) !== checksum(bytes, byte)) return invalid(bytes, 'wrong checksum');
  if (!isExpiryIntact(bytes, AT_EXPIRY)) return invalid(bytes, 'wrong check of its expiry');
  const count = bytes.readUInt16BE(AT_TAG_COUNT);
  if (count > MAX_TAGS) return invalid(bytes, 'too many tags');
  const end = endOfTags(bytes, AT_TAGS, count);
  if (end > bytes.length) return invalid(bytes, 'tags beyond the end');
  return new Envelope(style, new Header(bytes, end), bytes.subarray(end));
}

/** What was read of an entry; classes, for one of each is made for every read. */
class Envelope implements PayloadStyle {
  readonly kind = 'envelope';
  readonly codec: PayloadStyle['codec'];
  readonly compression: PayloadStyle['compression'];
  readonly typed: boolean;

  constructor(
    style: PayloadStyle,
    readonly header: EntryHeader,
    readonly payload: Buffer,
  ) {
    this.codec = style.codec;
    this.compression = style.compression;
    this.typed = style.typed;
  }
}

class Header implements EntryHeader {
  readonly id: string;
  readonly epoch: string;
  readonly createdAt: number;
  readonly softExpiry: number;
  readonly hardExpiry: number;
  readonly loadMs: number;
  readonly tags: EntryHeader['tags'];

  constructor(bytes: Buffer, end: number) {
    const { softExpiry, hardExpiry } = readExpiry(bytes, AT_EXPIRY);
    this.id = envelopeId(bytes);
    this.epoch = readEpoch(bytes);
    this.createdAt = bytes.readDoubleBE(AT_CREATED);
    this.softExpiry = softExpiry;
    this.hardExpiry = hardExpiry;
    this.loadMs = bytes.readUInt32BE(AT_LOAD);
    this.tags = readTags(bytes, AT_TAGS, end);
  }
}

function invalid(bytes: Buffer, reason: string): EnvelopeOutcome {
  return { kind: 'invalid', reason, id: envelopeId(bytes) };
}

/** One native call over the bytes; the start value differs for any other format, style or length. */
function checksum(bytes: Buffer, style: number): number {
  const start = ((FORMAT << 24) | (style << 16)) ^ bytes.length;
  return crc32(bytes.subarray(AT_EPOCH), start >>> 0);
}

function writeHeader(bytes: Buffer, header: EntryHeader): void {
  writeExpiry(bytes, AT_EXPIRY, header);
  bytes.write(header.epoch, AT_EPOCH, 'hex');
  bytes.writeDoubleBE(header.createdAt, AT_CREATED);
  bytes.writeUInt32BE(Math.round(Math.min(Math.max(header.loadMs, 0), MAX_U32)), AT_LOAD);
  bytes.writeUInt16BE(header.tags.length, AT_TAG_COUNT);
}

/** The epoch read last. Entries of one server carry the same, and making its text costs as much as a tag. */
let known = { high: 0, low: 0, text: '0000000000000000' };

function readEpoch(bytes: Buffer): string {
  const high = bytes.readUInt32BE(AT_EPOCH);
  const low = bytes.readUInt32BE(AT_EPOCH + 4);
  if (high !== known.high || low !== known.low) {
    known = { high, low, text: bytes.toString('hex', AT_EPOCH, AT_CREATED) };
  }
  return known.text;
}

function assertFits(header: EntryHeader): void {
  assertField(header.id.length === ID_BYTES && !NOT_LATIN1.test(header.id), 'an id of 16 Latin-1 characters');
  assertField(EPOCH.test(header.epoch), 'an epoch of 16 hexadecimal digits');
  assertField(header.tags.length <= MAX_TAGS, `at most ${MAX_TAGS} tags`);
  for (const { tag, nonce } of header.tags) {
    assertField(Buffer.byteLength(tag) <= MAX_U16, `tags of at most ${MAX_U16} bytes`);
    assertField(
      nonce.length <= MAX_U8 && !NOT_LATIN1.test(nonce),
      `nonces of at most ${MAX_U8} Latin-1 characters`,
    );
  }
}

function assertField(holds: boolean, allowed: string): void {
  if (!holds) throw new CacheError('NOT_STORABLE', `an entry's header needs ${allowed}`);
}
