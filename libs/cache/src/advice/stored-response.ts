import type { HttpRequest } from '../http/request.js';
import type { HttpResponse } from '../http/response.js';
import { STORED_HEADERS, etagOf, mayStore, varyNames } from '../http/response.js';

/** A response as it is stored: everything to send it again without running or serialising anything. */
export interface StoredResponse {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the request said in the headers that the response varies by. */
  readonly vary: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** A body with its content type. */
export interface Content {
  readonly body: string;
  readonly type: string;
}

/** The body a handler's result is sent as; `undefined` when it is neither text nor JSON, and none of ours to keep. */
export function serialise(result: unknown, textType: string): Content | undefined {
  if (typeof result === 'string') return { body: result, type: textType };
  if (typeof result !== 'object' || result === null) return undefined;
  if (ArrayBuffer.isView(result) || isStream(result)) return undefined;
  try {
    const body = JSON.stringify(result) as string | undefined;
    return body === undefined ? undefined : { body, type: JSON_TYPE };
  } catch {
    // cyclic, a bigint, a toJSON that throws: the adapter reports it to the client in its own way
    return undefined;
  }
}

/** What is to be stored of a response, or `undefined` when it must not be. */
export function storedResponse(
  request: HttpRequest,
  response: HttpResponse,
  content: Content,
): StoredResponse | undefined {
  if (!mayStore(response)) return undefined;
  const names = varyNames(response.header('vary'));
  if (names === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = response.header(name);
    if (typeof value === 'string') headers[name] = value;
  }
  headers['content-type'] ??= content.type;
  headers.etag ??= etagOf(content.body);
  return { status: response.status, body: content.body, headers, vary: varyOf(request, names) };
}

/** Whether a stored response was made for a request like this one. */
export function matches(request: HttpRequest, stored: StoredResponse): boolean {
  for (const name in stored.vary) if (stored.vary[name] !== headerText(request, name)) return false;
  return true;
}

function varyOf(request: HttpRequest, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, headerText(request, name)]));
}

function headerText(request: HttpRequest, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : String(value ?? '');
}

function isStream(result: object): boolean {
  return 'getStream' in result || 'pipe' in result || Symbol.asyncIterator in result;
}
