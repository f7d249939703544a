/**
 * Every code a CacheError can carry, in one place; the README lists them for users.
 * A code is stable: programs may branch on it, messages may change.
 */
export const CACHE_ERROR_CODES = [
  'INVALID_OPTION',
  'INVALID_DECORATOR',
  'DUPLICATE_REGION',
  'UNKNOWN_REGION',
  'NO_CANONICAL_KEY',
  'PATTERN_REFUSED',
  'NOT_STORABLE',
  'WRONG_BATCH',
  'LOAD_TIMEOUT',
  'NOTHING_STALE',
  'IN_UNIT_OF_WORK',
  'INVALID_BYTES',
  'WRITE_BEHIND_REGION',
  'WRITE_BEHIND_FULL',
  'WRITE_BEHIND_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'REDIS_TIMEOUT',
  'REDIS_REFUSED',
] as const;

export type CacheErrorCode = (typeof CACHE_ERROR_CODES)[number];

const BRAND = Symbol.for('nuthatch.CacheError');

/** The one error class of Nuthatch: branch on `code`, the original error (if any) is the `cause`. */
export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CacheError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether a value is a CacheError, also one of another installed copy of this package. */
export function isCacheError(value: unknown): value is CacheError {
  return typeof value === 'object' && value !== null && BRAND in value;
}
