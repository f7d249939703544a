import { types } from 'node:util';
import type { FieldValue, HttpRequest } from '../http/request.js';
import { fieldText } from '../http/request.js';
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

/** How results become bodies. */
export interface Serialiser {
  readonly textType: string;
  /** An object as text; anything but text: not to be had here. */
  readonly json: (result: object) => unknown;
}

/** The body a handler's result is sent as; `undefined` when it is neither text nor JSON, and none of ours to keep. */
export function serialise(
  result: unknown,
  response: HttpResponse,
  { textType, json }: Serialiser,
): Content | undefined {
  if (typeof result === 'string') return { body: result, type: textType };
  if (typeof result !== 'object' || result === null) return undefined;
  try {
    if (isOtherBody(result) || !mayBeJson(response.header('content-type'))) return undefined;
    const body = json(result);
    return typeof body === 'string' ? { body, type: JSON_TYPE } : undefined;
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
    if (value !== undefined) headers[name] = fieldText(value);
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

/** Whether what came out of the store is a response: another release may have written it. */
export function isStoredResponse(value: unknown): value is StoredResponse {
  if (typeof value !== 'object' || value === null) return false;
  const { status, body, headers, vary } = value as Partial<StoredResponse>;
  return typeof status === 'number' && typeof body === 'string' && isFields(headers) && isFields(vary);
}

function isFields(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}

function varyOf(request: HttpRequest, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, headerText(request, name)]));
}

function headerText(request: HttpRequest, name: string): string {
  return Object.hasOwn(request.headers, name) ? fieldText(request.headers[name]) : '';
}

/** Platforms take an object with another content type to be anything. */
function mayBeJson(type: FieldValue): boolean {
  return type === undefined || /^[^;]*json/i.test(fieldText(type));
}

/** Whether an object is sent as something else than JSON: bytes, a stream, an answer of its own, an error. */
function isOtherBody(result: object): boolean {
  if (ArrayBuffer.isView(result) || types.isNativeError(result) || isStream(result)) return true;
  // Nest takes the stream out of an object that an interceptor has put it into
  return !Array.isArray(result) && Object.values(result).some(isStream);
}

const STREAM_METHODS = ['pipe', 'getReader', 'getStream'] as const;

function isStream(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const methods = value as Record<string, unknown>;
  if (STREAM_METHODS.some((name) => typeof methods[name] === 'function')) return true;
  return Symbol.asyncIterator in value || Object.prototype.toString.call(value) === '[object Response]';
}
