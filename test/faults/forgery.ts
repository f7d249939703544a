import { crc32 } from 'node:zlib';

/*
 * Entries with a right beginning and any content, made from a real one: its id, times and epoch are kept. Where what
 * stands, says libs/cache/src/codec/envelope.ts; here it is written once more, as somebody would who has only read it.
 */
const AT_STYLE = 17;
const AT_LENGTH = 18;
const AT_CRC = 22;
const AT_EPOCH = 46;
const AT_TAG_COUNT = 66;
const AT_TAGS = 68;
const FORMAT = 2;

const CODECS = ['json', 'msgpack', 'v8'] as const;
const COMPRESSIONS = ['none', 'deflate', 'brotli'] as const;

/** What a forged entry holds. */
export interface Content {
  readonly codec?: (typeof CODECS)[number];
  readonly compression?: (typeof COMPRESSIONS)[number];
  readonly payload?: Buffer;
  /** Names of tags; their nonces are made up. Without any, the entry keeps those of the real one. */
  readonly tags?: readonly string[];
}

/** An entry that passes every check of its beginning. */
export function forge(real: Buffer, content: Content): Buffer {
  const { codec = 'json', compression = 'none', payload = Buffer.from('"forged"'), tags } = content;
  const block = tags === undefined ? real.subarray(AT_TAGS, endOfTags(real)) : tagBlock(tags);
  const bytes = Buffer.concat([real.subarray(0, AT_TAGS), block, payload]);
  bytes[AT_STYLE] = CODECS.indexOf(codec) | (COMPRESSIONS.indexOf(compression) << 2);
  bytes.writeUInt32BE(bytes.length, AT_LENGTH);
  if (tags !== undefined) bytes.writeUInt16BE(Math.min(tags.length, 0xffff), AT_TAG_COUNT);
  const start = ((FORMAT << 24) | ((bytes[AT_STYLE] ?? 0) << 16)) ^ bytes.length;
  bytes.writeUInt32BE(crc32(bytes.subarray(AT_EPOCH), start >>> 0), AT_CRC);
  return bytes;
}

/** Written in place: a million small buffers would be the forger's fault, and look like the reader's. */
function tagBlock(tags: readonly string[]): Buffer {
  const nonce = 'e.1:n';
  const lengths = tags.map((tag) => 2 + Buffer.byteLength(tag) + 1 + nonce.length);
  const block = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const tag of tags) {
    const name = block.write(tag, at + 2);
    at = block.writeUInt16BE(name, at) + name;
    at = block.writeUInt8(nonce.length, at);
    at += block.write(nonce, at);
  }
  return block;
}

function endOfTags(entry: Buffer): number {
  let at = AT_TAGS;
  for (let left = entry.readUInt16BE(AT_TAG_COUNT); left > 0; left--) {
    at += 2 + entry.readUInt16BE(at);
    at += 1 + entry.readUInt8(at);
  }
  return at;
}
