import { createHash } from 'node:crypto';
import type { FieldValue } from './request.js';
import { fieldText, hasDirective } from './request.js';

/** Header fields by their names in lower case. */
export type HeaderFields = Readonly<Record<string, FieldValue>>;

/** The parts of a response that the rules look at, read when the handler is done. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): FieldValue;
}

/** Headers a handler may set that belong to the answer and not to the connection or the client. */
export const STORED_HEADERS = [
  'content-type',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
  'last-modified',
  'etag',
  'link',
  'vary',
] as const;

/** Headers that the platform makes anew for each answer, or that forbid storing on their own. */
const SETTLED_ELSEWHERE = ['content-length', 'set-cookie'];

const FORBIDDING = ['no-store', 'private', 'no-cache'];

/**
 * Whether a shared cache may keep a response: a plain success that sets no cookie and does not forbid it
 * (RFC 9111 section 3, https://www.rfc-editor.org/rfc/rfc9111#section-3, and 5.2.2.4, 5.2.2.5, 5.2.2.7).
 */
export function mayStore(response: HttpResponse): boolean {
  if (response.status < 200 || response.status > 299 || response.status === 206) return false;
  if (response.header('set-cookie') !== undefined || response.header('content-encoding') !== undefined)
    return false;
  const control = response.header('cache-control');
  return !FORBIDDING.some((directive) => hasDirective(control, directive));
}

/**
 * The first header that was set, changed or removed between two moments and is not among those that are kept: a hit would
 * lack it, so such a response is not kept (RFC 9111 section 3.1, https://www.rfc-editor.org/rfc/rfc9111#section-3.1).
 */
export function unkeptHeader(before: HeaderFields, after: HeaderFields): string | undefined {
  const kept: readonly string[] = STORED_HEADERS;
  const removed = Object.keys(before).find((name) => after[name] === undefined);
  if (removed !== undefined) return removed;
  return Object.keys(after).find(
    (name) =>
      !kept.includes(name) &&
      !SETTLED_ELSEWHERE.includes(name) &&
      fieldText(after[name]) !== fieldText(before[name]),
  );
}

/** The headers named in `Vary`, in lower case; `undefined` for `*`, which nothing stored can ever match (RFC 9111 section 4.1). */
export function varyNames(vary: FieldValue): readonly string[] | undefined {
  const names = listed(vary).map((name) => name.toLowerCase());
  // `__proto__` is no name that a record could hold
  if (names.includes('*') || names.includes('__proto__')) return undefined;
  // the body is stored before anything compresses it, so the encodings a client accepts make no difference here
  return names.filter((name) => name !== 'accept-encoding').sort();
}

/** Two `Vary` fields as one: the answer depends on what either names. */
export function joinVary(one: FieldValue, other: FieldValue): string {
  const names = listed(one);
  const known = new Set(names.map((name) => name.toLowerCase()));
  return [...names, ...listed(other).filter((name) => !known.has(name.toLowerCase()))].join(', ');
}

/** The members of a field that lists names (RFC 9110 section 5.6.1). */
function listed(field: FieldValue): string[] {
  return fieldText(field)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A weak validator of a body: the bytes a client gets may be compressed later on (RFC 9110 section 8.8.1). */
export function etagOf(body: string): string {
  return `W/"${createHash('sha1').update(body).digest('base64url')}"`;
}

/** Whether a client has the answer already: weak comparison with `If-None-Match` (RFC 9110 section 13.1.2). */
export function notModified(ifNoneMatch: FieldValue, etag: string): boolean {
  if (typeof ifNoneMatch !== 'string' || etag === '') return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === opaque);
}
