import type { FieldValue, HttpRequest } from '../http/request.js';
import type { HttpResponse } from '../http/response.js';
import { joinVary, notModified } from '../http/response.js';
import { hasParkedCookies } from './route-platform.js';
import type { StoredResponse } from './stored-response.js';

/** What is used of Nest's HTTP adapter; Express and Fastify have it alike. */
export interface ResponseAdapter {
  getType(): string;
  setHeader(response: object, name: string, value: string): unknown;
  getHeader(response: object, name: string): FieldValue;
  isHeadersSent(response: object): boolean;
  status(response: object, status: number): unknown;
}

const NOT_MODIFIED = 304;

/** One request with its native response. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: object;
}

/** A native response behind the adapter, as the HTTP rules see it. */
export function responseView(adapter: ResponseAdapter, native: object): HttpResponse {
  return {
    get status() {
      return (native as { statusCode: number }).statusCode;
    },
    header: (name) =>
      adapter.getHeader(native, name) ?? (name === 'set-cookie' && hasParkedCookies(native) ? '' : undefined),
  };
}

/**
 * Sends a stored response: sets status and headers and gives the body for Nest to send, none when the client has it
 * already. None is not an empty one, which has a length of its own (RFC 9110 section 8.6).
 */
export function respond(
  adapter: ResponseAdapter,
  exchange: Exchange,
  stored: StoredResponse,
): string | undefined {
  const { request, response } = exchange;
  const { headers, status, body } = stored;
  for (const name in headers) {
    const value = headers[name] ?? '';
    // what the answer varies by already, by CORS for one, it still does
    const whole = name === 'vary' ? joinVary(adapter.getHeader(response, name), value) : value;
    adapter.setHeader(response, name, whole);
  }
  const has = notModified(request.headers['if-none-match'], headers.etag ?? '');
  adapter.status(response, has ? NOT_MODIFIED : status);
  return has ? undefined : body;
}
