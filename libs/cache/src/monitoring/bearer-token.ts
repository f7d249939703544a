import { createHash, timingSafeEqual } from 'node:crypto';

const BEARER = /^Bearer +(.+)$/is;

/**
 * Whether an `Authorization` header carries this token (RFC 6750, section 2.1).
 * Digests are compared, in constant time: neither the place of the first wrong character nor the length shows.
 */
export function carriesToken(authorization: unknown, token: string): boolean {
  const sent = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  // Node reads headers as latin1, whatever bytes were sent.
  return (
    sent !== undefined && timingSafeEqual(digest(Buffer.from(sent, 'latin1')), digest(Buffer.from(token)))
  );
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
