import { createHash } from 'node:crypto';
import { hasDirective } from './request.js';

/** The parts of a response that the rules look at, read when the handler is done. */
export interface HttpResponse {
  readonly status: number;
  header(name: string): unknown;
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
] as const;

/**
 * Whether a shared cache may keep a response: a plain success that sets no cookie and does not forbid it
 * (RFC 9111 section 3, https://www.rfc-editor.org/rfc/rfc9111#section-3, and 5.2.2.5, 5.2.2.7).
 */
export function mayStore(response: HttpResponse): boolean {
  if (response.status < 200 || response.status > 299 || response.status === 206) return false;
  if (response.header('set-cookie') !== undefined || response.header('content-encoding') !== undefined)
    return false;
  const control = response.header('cache-control');
  if (typeof control !== 'string') return true;
  return (
    !hasDirective(control, 'no-store') &&
    !hasDirective(control, 'private') &&
    !hasDirective(control, 'no-cache')
  );
}

/** The headers named in `Vary`, in lower case; `undefined` for `*`, which nothing stored can ever match (RFC 9111 section 4.1). */
export function varyNames(vary: unknown): readonly string[] | undefined {
  if (vary === undefined) return [];
  if (typeof vary !== 'string' && !Array.isArray(vary)) return undefined;
  const names = (Array.isArray(vary) ? vary.join(',') : vary)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.includes('*')) return undefined;
  // the body is stored before anything compresses it, so the encodings a client accepts make no difference here
  return names.filter((name) => name !== 'accept-encoding').sort();
}

/** A weak validator of a body: the bytes a client gets may be compressed later on (RFC 9110 section 8.8.1). */
export function etagOf(body: string): string {
  return `W/"${createHash('sha1').update(body).digest('base64url')}"`;
}

/** Whether a client has the answer already: weak comparison with `If-None-Match` (RFC 9110 section 13.1.2). */
export function notModified(ifNoneMatch: unknown, etag: string): boolean {
  if (typeof ifNoneMatch !== 'string') return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === opaque);
}
