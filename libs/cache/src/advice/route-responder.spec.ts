import { describe, expect, it } from '@jest/globals';
import type { FieldValue } from '../http/request.js';
import { hasParkedCookies, headersOf, platformOf } from './route-platform.js';
import type { ResponseAdapter } from './route-responder.js';
import { respond, responseView } from './route-responder.js';

/** A native response that remembers what was set. */
class NativeResponse {
  statusCode = 200;
  readonly fields: Record<string, FieldValue> = {};

  getHeaders() {
    return this.fields;
  }
}

const adapter: ResponseAdapter = {
  getType: () => 'test',
  setHeader: (response, name, value) => void ((response as NativeResponse).fields[name] = value),
  getHeader: (response, name) => (response as NativeResponse).fields[name],
  isHeadersSent: () => false,
  status: (response, status) => void ((response as NativeResponse).statusCode = status),
};

describe('respond', () => {
  const stored = { status: 203, body: 'x', headers: { etag: '"1"', vary: 'Accept' }, vary: { accept: '' } };
  const answering = (headers: Record<string, string>) => {
    const response = new NativeResponse();
    response.fields.vary = 'Origin';
    const request = { method: 'GET', originalUrl: '/', url: '/', headers };
    const body = respond(adapter, { request, response }, stored);
    return { body, status: response.statusCode, fields: response.fields };
  };

  it('sets status and headers, and gives the body', () => {
    expect(answering({})).toEqual({
      body: 'x',
      status: 203,
      fields: { etag: '"1"', vary: 'Origin, Accept' },
    });
  });

  it('gives no body to who has it', () => {
    const { body, status, fields } = answering({ 'if-none-match': 'W/"1"' });
    expect([body, status, fields.etag]).toEqual([undefined, 304, '"1"']);
  });
});

describe('responseView', () => {
  it('shows the response as it is when it is looked at', () => {
    const response = new NativeResponse();
    const view = responseView(adapter, response);
    response.statusCode = 404;
    response.fields['x-a'] = 'b';
    expect([view.status, view.header('x-a'), view.header('set-cookie')]).toEqual([404, 'b', undefined]);
  });

  it('shows that a cookie will be set when @fastify/cookie holds it back', () => {
    const parked = new Map<string, unknown>();
    const response = Object.assign(new NativeResponse(), { [Symbol('fastify.reply.setCookies')]: parked });
    expect(hasParkedCookies(response)).toBe(false);
    expect(responseView(adapter, response).header('set-cookie')).toBeUndefined();
    parked.set('sid;undefined;/', { name: 'sid', value: '1' });
    expect(responseView(adapter, response).header('set-cookie')).toBe('');
    expect(responseView(adapter, response).header('x-a')).toBeUndefined();
  });
});

describe('headersOf', () => {
  it('is a snapshot', () => {
    const response = new NativeResponse();
    const before = headersOf(response);
    response.fields['x-a'] = 'b';
    expect([before, headersOf(response)]).toEqual([{}, { 'x-a': 'b' }]);
  });

  it('is empty for a response that cannot tell', () => {
    expect(headersOf({})).toEqual({});
  });
});

describe('platformOf', () => {
  it('writes plain JSON on a platform that is not known', () => {
    const { json, textType } = platformOf('other');
    expect([json({ a: '<' }, {}), textType]).toEqual(['{"a":"<"}', 'text/plain; charset=utf-8']);
  });

  it('leaves to Fastify what a serializer of the reply or hooks would see', () => {
    const reply = (own: unknown, preSerialization: unknown) => ({
      request: { [Symbol('fastify.context')]: { preSerialization } },
      [Symbol('fastify.reply.serializer')]: own,
      serialize: () => 'serialised',
    });
    const { json } = platformOf('fastify');
    expect(json({}, reply(null, null))).toBe('serialised');
    expect(
      json(
        {},
        reply(() => '', null),
      ),
    ).toBeUndefined();
    expect(json({}, reply(null, [() => undefined]))).toBeUndefined();
  });
});
