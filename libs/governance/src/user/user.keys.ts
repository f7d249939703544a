import { createHash } from 'node:crypto';

const HEX = /^0x[0-9a-f]+$/i;

/**
 * The one form of a wallet's address: hex addresses (`0x…`) mean the same in either case, checksums included, and are written in
 * lower case; in others (base58) every letter's case counts.
 * @see https://eips.ethereum.org/EIPS/eip-55
 */
export function canonicalAddress(address: string): string {
  const trimmed = address.trim();
  return HEX.test(trimmed) ? trimmed.toLowerCase() : trimmed;
}

/** What a session is known by in cache and database: the SHA-256 of its token, from which nobody gets the token back. */
export function sessionKey(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
