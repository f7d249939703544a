/** The value of a header field: one line, several lines, none. */
export type FieldValue = string | number | readonly string[] | undefined;

/** A field in one line (RFC 9110 section 5.3, https://www.rfc-editor.org/rfc/rfc9110#section-5.3). */
export function fieldText(value: FieldValue): string {
  return typeof value === 'object' ? value.join(', ') : String(value ?? '');
}

/** The parts of a request that the rules look at; both Express' and Fastify's requests have them. */
export interface HttpRequest {
  readonly method: string;
  /** The target as the client sent it. */
  readonly originalUrl: string;
  /** The target as it was routed: another one where something on the way rewrote it. */
  readonly url: string;
  /** Scheme and host as the platform sees them: those that a proxy reports, if the application trusts it. */
  readonly protocol?: string | undefined;
  readonly host?: string | undefined;
  readonly headers: Readonly<Record<string, FieldValue>>;
}

/** What a request may have of the cache. */
export type Admission =
  /** Look up, and store on a miss. */
  | 'full'
  /** Look up, but run the handler without storing. */
  | 'lookup'
  /** Run the handler as if there were no cache. */
  | 'none';

/** What makes an answer personal (RFC 9111 section 3.5; cookies are treated alike) or partial (RFC 9110 section 14). */
const BYPASSING = ['authorization', 'cookie', 'range'] as const;

/**
 * What a request may have of a shared cache.
 * Credentials make an answer personal unless it says otherwise (RFC 9111 section 3.5, https://www.rfc-editor.org/rfc/rfc9111#section-3.5).
 * A request with `no-store` leaves no trace (section 5.2.1.5). HEAD is answered from what GET stored (RFC 9110 section
 * 9.3.2), but its own run need not have made a body. A GET with a body asks for something that its URL does not show
 * (RFC 9110 section 9.3.1, https://www.rfc-editor.org/rfc/rfc9110#section-9.3.1).
 */
export function admission({ headers, method }: HttpRequest): Admission {
  if (method !== 'GET' && method !== 'HEAD') return 'none';
  if (BYPASSING.some((name) => headers[name] !== undefined) || hasBody(headers)) return 'none';
  if (hasDirective(headers['cache-control'], 'no-store')) return 'none';
  return method === 'GET' ? 'full' : 'lookup';
}

function hasBody(headers: HttpRequest['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Whether a Cache-Control field has a directive, with or without an argument (RFC 9111 section 5.2). */
export function hasDirective(cacheControl: FieldValue, directive: string): boolean {
  return outsideQuotes(fieldText(cacheControl))
    .toLowerCase()
    .split(',')
    .some((one) => one.split('=', 1)[0]?.trim() === directive);
}

/** A field's value without its quoted arguments, which may hold commas. A quote that is never closed hides nothing. */
function outsideQuotes(value: string): string {
  let outside = '';
  let at = 0;
  for (;;) {
    const open = value.indexOf('"', at);
    const close = open < 0 ? -1 : closingQuote(value, open + 1);
    if (close < 0) return outside + value.slice(at);
    outside += value.slice(at, open);
    at = close + 1;
  }
}

function closingQuote(value: string, from: number): number {
  for (let at = from; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === '"') return at;
  }
  return -1;
}

/** A request's target in the form in which it is part of a key. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/**
 * More parameters than these are left as they came. Query parsers stop somewhere (Node's and qs at 1,000), and what lies
 * beyond depends on the order and on parameters that `allowed` would take away.
 */
const MAX_SORTED = 100;

/**
 * Path and sorted query of a request; `allowed` names the parameters that make a difference, absent means all.
 * Nothing is decoded: whoever reads the parameters may see a difference where another decoder sees none.
 */
export function target(url: string, allowed: readonly string[] | undefined): Target {
  const at = url.indexOf('?');
  // platforms differ in what they make of a fragment, which no honest client sends
  if (at < 0 || url.includes('#')) return { path: url, query: '' };
  return { path: url.slice(0, at), query: sortedQuery(url.slice(at + 1), allowed) };
}

function sortedQuery(query: string, allowed: readonly string[] | undefined): string {
  const pairs = query.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_SORTED) return query;
  const named = pairs.map((pair) => ({ pair, name: nameOf(pair) }));
  const kept = allowed === undefined ? named : named.filter(({ name }) => isAllowed(name, allowed));
  // equal names keep their order, `a[]` and `a` too: it can matter to the handler, and this sort is stable
  return kept
    .sort((one, other) => compare(rootOf(one.name), rootOf(other.name)))
    .map(({ pair }) => pair)
    .join('&');
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.includes(name) || allowed.includes(rootOf(name));
}

/** The decoded name of a parameter. */
function nameOf(pair: string): string {
  const name = pair.split('=', 1)[0] ?? '';
  return /[%+]/.test(name) ? ([...new URLSearchParams(`${name}=`).keys()][0] ?? '') : name;
}

/** The parameter that a name belongs to where brackets or dots make objects and arrays: `a` of `a[]`, `a[b]`, `a.b`, `[a]`. */
function rootOf(name: string): string {
  return /[^[\].]+/.exec(name)?.[0] ?? '';
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
