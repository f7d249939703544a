/** The parts of a request that the rules look at; both Express' and Fastify's requests have them. */
export interface HttpRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What a request may have of the cache. */
export type Admission =
  /** Look up, and store on a miss. */
  | 'full'
  /** Look up, but run the handler without storing. */
  | 'lookup'
  /** Run the handler as if there were no cache. */
  | 'none';

/**
 * What a request may have of a shared cache.
 * Credentials make an answer personal unless it says otherwise (RFC 9111 section 3.5, https://www.rfc-editor.org/rfc/rfc9111#section-3.5);
 * cookies are treated alike. A request with `no-store` leaves no trace (section 5.2.1.5). HEAD is answered from what GET
 * stored (RFC 9110 section 9.3.2), but its own run need not have made a body. A part of a body (`Range`) is not stored.
 */
export function admission(request: HttpRequest): Admission {
  const { headers, method } = request;
  if (method !== 'GET' && method !== 'HEAD') return 'none';
  if (headers.authorization !== undefined || headers.cookie !== undefined || headers.range !== undefined)
    return 'none';
  const directives = headers['cache-control'];
  if (typeof directives === 'string' && hasDirective(directives, 'no-store')) return 'none';
  return method === 'GET' ? 'full' : 'lookup';
}

/** Whether a Cache-Control value has a directive, with or without an argument. */
export function hasDirective(cacheControl: string, directive: string): boolean {
  return cacheControl
    .toLowerCase()
    .split(',')
    .some((one) => one.split('=', 1)[0]?.trim() === directive);
}

/** Path and sorted query of a request; `allowed` names the parameters that make a difference, absent means all. */
export function target(
  originalUrl: string,
  allowed: readonly string[] | undefined,
): { path: string; query: string } {
  const at = originalUrl.indexOf('?');
  if (at < 0) return { path: originalUrl, query: '' };
  const params = new URLSearchParams(originalUrl.slice(at + 1));
  if (allowed !== undefined)
    for (const name of [...params.keys()]) if (!allowed.includes(name)) params.delete(name);
  // equal names keep their order: it can matter to the handler
  params.sort();
  return { path: originalUrl.slice(0, at), query: params.toString() };
}
