import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { StreamableFile } from '@nestjs/common';
import fc from 'fast-check';
import type { HttpRequest } from '../http/request.js';
import type { HeaderFields, HttpResponse } from '../http/response.js';
import { isStoredResponse, matches, serialise, storedResponse } from './stored-response.js';

const response = (headers: HeaderFields = {}, status = 200): HttpResponse => ({
  status,
  header: (name) => headers[name],
});
const request = (headers: HttpRequest['headers'] = {}): HttpRequest => ({
  method: 'GET',
  originalUrl: '/',
  url: '/',
  headers,
});

describe('serialise', () => {
  const serialiser = { textType: 'text/x', json: (value: object) => JSON.stringify(value) };
  const bodyOf = (result: unknown, headers?: HeaderFields) =>
    serialise(result, response(headers), serialiser);

  it('leaves text as it is, with the type of the platform', () => {
    expect(bodyOf('<ä>')).toEqual({ body: '<ä>', type: 'text/x' });
    expect(bodyOf('')).toEqual({ body: '', type: 'text/x' });
  });

  it('writes plain data as JSON', () => {
    const json = fc.oneof(fc.object(), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(json, (value) => {
        expect(bodyOf(value)).toEqual({
          body: JSON.stringify(value),
          type: 'application/json; charset=utf-8',
        });
      }),
    );
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const throwing = {
    get pipe(): never {
      throw new Error('no');
    },
  };
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 0],
    ['a boolean', false],
    ['a bigint', 1n],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['a Buffer', Buffer.from('x')],
    ['a typed array', new Uint8Array(1)],
    ['a file', new StreamableFile(Buffer.from('x'))],
    ['a stream', Readable.from([])],
    ['a web stream', new ReadableStream()],
    ['a web response', new Response('x')],
    ['an async generator', (async function* () {})()],
    ['an object around a stream', { data: Readable.from([]) }],
    ['an object around a file', { data: new StreamableFile(Buffer.from('x')) }],
    ['an error', new TypeError('x')],
    ['what refers to itself', cyclic],
    ['what holds a bigint', { n: 1n }],
    ['what throws when it is read', throwing],
    ['what says that it is nothing', { toJSON: () => undefined }],
  ])('leaves %s to the platform', (_, result) => {
    expect(bodyOf(result)).toBeUndefined();
  });

  it('leaves to the platform what its serialiser does not give as text', () => {
    expect(serialise({}, response(), { textType: '', json: () => Buffer.from('{}') })).toBeUndefined();
  });

  it.each([
    ['application/json', true],
    ['application/geo+json; charset=utf-8', true],
    ['text/plain', false],
    ['text/csv; x=json', false],
  ])('writes an object for the content type %s: %s', (type, expected) => {
    expect(bodyOf({ a: 1 }, { 'content-type': type }) !== undefined).toBe(expected);
    expect(bodyOf('a', { 'content-type': type })).toBeDefined();
  });

  it('takes data for data whatever its properties are called', () => {
    expect(bodyOf({ pipe: 'steel', getStream: 1 })?.body).toBe('{"pipe":"steel","getStream":1}');
  });
});

describe('storedResponse', () => {
  const content = { body: '{"ä":1}', type: 'application/json; charset=utf-8' };

  it('holds status, body, its type and a validator', () => {
    const stored = storedResponse(request(), response({}, 201), content);
    expect(stored).toEqual({
      status: 201,
      body: content.body,
      headers: { 'content-type': content.type, etag: expect.stringMatching(/^W\/".+"$/) },
      vary: {},
    });
    expect(isStoredResponse(stored)).toBe(true);
  });

  it('holds the headers of the answer and no other', () => {
    const headers = {
      'content-type': 'application/geo+json',
      etag: '"mine"',
      link: ['</a>; rel=next', '</b>; rel=prev'],
      expires: 0,
      'x-total': '5',
      'content-length': '7',
    };
    expect(storedResponse(request(), response(headers), content)?.headers).toEqual({
      'content-type': 'application/geo+json',
      etag: '"mine"',
      link: '</a>; rel=next, </b>; rel=prev',
      expires: '0',
    });
  });

  it('holds what the request said in the headers it varies by', () => {
    const varied = response({ vary: 'Accept-Language, Origin' });
    const stored = storedResponse(request({ 'accept-language': ['de', 'fr'] }), varied, content);
    expect(stored?.vary).toEqual({ 'accept-language': 'de, fr', origin: '' });
    expect(stored?.headers.vary).toBe('Accept-Language, Origin');
  });

  it('holds nothing of what every object has, whatever the response says it varies by', () => {
    const stored = storedResponse(request(), response({ vary: 'constructor, toString' }), content);
    expect(stored?.vary).toEqual({ constructor: '', tostring: '' });
  });

  it.each<[string, HttpResponse]>([
    ['forbidden', response({ 'cache-control': 'no-store' })],
    ['an error', response({}, 404)],
    ['for this very request only', response({ vary: '*' })],
  ])('is none when the response is %s', (_, one) => {
    expect(storedResponse(request(), one, content)).toBeUndefined();
  });
});

describe('matches', () => {
  const stored = { status: 200, body: '', headers: {}, vary: { 'accept-language': 'de', origin: '' } };

  it.each<[HttpRequest['headers'], boolean]>([
    [{ 'accept-language': 'de' }, true],
    [{ 'accept-language': 'de', accept: 'text/html' }, true],
    [{ 'accept-language': 'fr' }, false],
    [{ 'accept-language': 'de', origin: 'https://a' }, false],
    [{}, false],
  ])('a request with %j: %s', (headers, expected) => {
    expect(matches(request(headers), stored)).toBe(expected);
  });
});

describe('isStoredResponse', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'x'],
    ['an object without a body', { status: 200, headers: {}, vary: {} }],
    ['an object without vary', { status: 200, body: '', headers: {} }],
    ['a status that is text', { status: '200', body: '', headers: {}, vary: {} }],
    ['a header that is no text', { status: 200, body: '', headers: { etag: 1 }, vary: {} }],
    ['headers that are null', { status: 200, body: '', headers: null, vary: {} }],
  ])('refuses %s', (_, value) => {
    expect(isStoredResponse(value)).toBe(false);
  });
});
