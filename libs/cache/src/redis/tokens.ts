import { randomBytes } from 'node:crypto';

/** The bytes of a token or an id: random bytes, held as latin1 text in the process. */
export function tokenBytes(token: string): Buffer {
  return Buffer.from(token, 'latin1');
}

/** The random part of a nonce. */
export function nonceText(): string {
  return randomBytes(9).toString('base64url');
}
