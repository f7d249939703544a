import type { HttpRequest } from '../http/request.js';
import type { HttpResponse } from '../http/response.js';
import { notModified } from '../http/response.js';
import type { StoredResponse } from './stored-response.js';

/** What is used of Nest's HTTP adapter; Express and Fastify have it alike. */
export interface ResponseAdapter {
  getType(): string;
  setHeader(response: object, name: string, value: string): unknown;
  getHeader(response: object, name: string): unknown;
  status(response: object, status: number): unknown;
}

const NOT_MODIFIED = 304;

/** One request with its native response. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: object;
  /** Whether the status set here is the one that is sent: `@HttpCode` sets its own at the very end. */
  readonly ownsStatus: boolean;
}

/** A native response behind the adapter, as the HTTP rules see it. */
export function responseView(adapter: ResponseAdapter, native: object): HttpResponse {
  return {
    get status() {
      return (native as { statusCode: number }).statusCode;
    },
    header: (name) => adapter.getHeader(native, name),
  };
}

/** The content type each platform gives to text that has none. */
export function textType(adapter: ResponseAdapter): string {
  return adapter.getType() === 'express' ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8';
}

/** Sends a stored response: sets status and headers and gives the body for Nest to send, none when the client has it already. */
export function respond(adapter: ResponseAdapter, exchange: Exchange, stored: StoredResponse): string {
  const { request, response, ownsStatus } = exchange;
  for (const name in stored.headers) adapter.setHeader(response, name, stored.headers[name] ?? '');
  if (!ownsStatus) return stored.body;
  const has = notModified(request.headers['if-none-match'], stored.headers.etag ?? '');
  adapter.status(response, has ? NOT_MODIFIED : stored.status);
  return has ? '' : stored.body;
}
