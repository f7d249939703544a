import type { HttpRequest } from '../http/request.js';
import type { HttpResponse } from '../http/response.js';
import { joinVary, notModified } from '../http/response.js';
import { parkedCookies } from './route-platform.js';
import type { StoredResponse } from './stored-response.js';

/** What is used of Nest's HTTP adapter; Express and Fastify have it alike. */
export interface ResponseAdapter {
  getType(): string;
  setHeader(response: object, name: string, value: string): unknown;
  getHeader(response: object, name: string): unknown;
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
      adapter.getHeader(native, name) ?? (name === 'set-cookie' ? parkedCookies(native) : undefined),
  };
}

/** Sends a stored response: sets status and headers and gives the body for Nest to send, none when the client has it already. */
export function respond(adapter: ResponseAdapter, exchange: Exchange, stored: StoredResponse): string {
  const { request, response } = exchange;
  const { vary, ...headers } = stored.headers;
  for (const name in headers) adapter.setHeader(response, name, headers[name] ?? '');
  // what varies by now, by CORS for one, varies for every answer
  if (vary !== undefined) adapter.setHeader(response, 'vary', joinVary(adapter.getHeader(response, 'vary'), vary));
  const has = notModified(request.headers['if-none-match'], headers.etag ?? '');
  adapter.status(response, has ? NOT_MODIFIED : stored.status);
  return has ? '' : stored.body;
}
