/*
 * The bytes of an entry that say how long it lives. Scripts replace them on the server, where the payload stays as it is.
 *
 *   offset  bytes  content
 *        0      8  softExpiry (f64)
 *        8      8  hardExpiry (f64)
 *       16      4  MurmurHash3 (x86, 32 bits, seed 0) of these 16 bytes
 *
 * They have a check of their own because the entry's CRC would have to be made anew over the whole payload. It is computed
 * at every read and by scripts: cheap without a native call, short in Lua, and no altered byte leaves it as it was.
 */
const AT_HARD = 8;
const AT_CHECK = 16;

/** How many bytes they are. */
export const EXPIRY_BYTES = 20;

/** When an entry ends, in milliseconds of the server's clock since 1970. */
export interface ExpiryTimes {
  readonly softExpiry: number;
  readonly hardExpiry: number;
}

/** The bytes that make an entry end at other times, for a script to put in the place of its own. */
export function expiryBytes(softExpiry: number, hardExpiry: number): Buffer {
  const bytes = Buffer.allocUnsafe(EXPIRY_BYTES);
  writeExpiry(bytes, 0, { softExpiry, hardExpiry });
  return bytes;
}

/** Writes the times and their check from an offset on. */
export function writeExpiry(bytes: Buffer, from: number, times: ExpiryTimes): void {
  bytes.writeDoubleBE(times.softExpiry, from);
  bytes.writeDoubleBE(times.hardExpiry, from + AT_HARD);
  bytes.writeUInt32BE(checkOf(bytes, from), from + AT_CHECK);
}

/** The times from an offset on, whether they are right or not. */
export function readExpiry(bytes: Buffer, from: number): ExpiryTimes {
  return { softExpiry: bytes.readDoubleBE(from), hardExpiry: bytes.readDoubleBE(from + AT_HARD) };
}

/** Whether the times from an offset on are as they were written. */
export function isExpiryIntact(bytes: Buffer, from: number): boolean {
  return bytes.readUInt32BE(from + AT_CHECK) === checkOf(bytes, from);
}

function checkOf(bytes: Buffer, from: number): number {
  let sum = 0;
  for (let at = from; at < from + AT_CHECK; at += 4) {
    const word = Math.imul(wordAt(bytes, at), 0xcc9e2d51);
    sum ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    sum = (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
  }
  sum ^= AT_CHECK;
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}

/** Little-endian, as the hash wants it. Byte by byte costs less here than a method of the buffer. */
function wordAt(bytes: Buffer, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
