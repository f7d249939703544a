import type { TagNonce } from '../contracts/entry.js';

/*
 * The tags inside an entry: for each one
 *
 *   bytes  content
 *       2  length of the name
 *          name, UTF-8
 *       1  length of the nonce
 *          nonce, Latin-1
 */
const LENGTHS = 3;

/** How many bytes tags take. */
export function tagBytes(tags: readonly TagNonce[]): number {
  let length = 0;
  for (const { tag, nonce } of tags) length += LENGTHS + Buffer.byteLength(tag) + nonce.length;
  return length;
}

/** Writes tags from an offset on and tells where they end. */
export function writeTags(bytes: Buffer, from: number, tags: readonly TagNonce[]): number {
  let at = from;
  for (const { tag, nonce } of tags) {
    const nameBytes = bytes.write(tag, at + 2, 'utf8');
    at = bytes.writeUInt16BE(nameBytes, at) + nameBytes;
    at = bytes.writeUInt8(nonce.length, at);
    at += bytes.write(nonce, at, 'latin1');
  }
  return at;
}

/** Where `count` tags end: beyond the bytes if these do not hold them all. */
export function endOfTags(bytes: Buffer, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0; left--) {
    if (at + LENGTHS > bytes.length) return Infinity;
    const nonceAt = at + LENGTHS + bytes.readUInt16BE(at);
    if (nonceAt > bytes.length) return Infinity;
    at = nonceAt + bytes.readUInt8(nonceAt - 1);
  }
  return at;
}

/** The tags between two offsets. One native call for all of them, then parts of its string. */
export function readTags(bytes: Buffer, from: number, end: number): TagNonce[] {
  const tags: TagNonce[] = [];
  if (from === end) return tags;
  const text = bytes.toString('latin1', from, end);
  for (let at = from; at < end;) {
    const nameAt = at + 2;
    const nameEnd = nameAt + bytes.readUInt16BE(at);
    const nonceAt = nameEnd + 1;
    at = nonceAt + bytes.readUInt8(nameEnd);
    const isLatin1 = isAscii(bytes, nameAt, nameEnd);
    const tag = isLatin1
      ? text.slice(nameAt - from, nameEnd - from)
      : bytes.toString('utf8', nameAt, nameEnd);
    tags.push({ tag, nonce: text.slice(nonceAt - from, at - from) });
  }
  return tags;
}

function isAscii(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return false;
  return true;
}
