import { types } from 'node:util';
import type { HeaderFields } from '../http/response.js';

/** How a platform turns results into bodies. */
export interface Platform {
  /** The content type of text that has none. */
  readonly textType: string;
  /** An object as this platform writes it into this response; `undefined` where that cannot be told beforehand. */
  readonly json: (result: object, response: object) => unknown;
}

interface ExpressResponse {
  readonly app: { get(setting: string): unknown };
}

interface FastifyReply {
  readonly request: object;
  serialize(payload: object): unknown;
}

/** An application may have set how Express writes JSON (https://expressjs.com/en/5x/api.html#app.settings.table). */
const express: Platform = {
  textType: 'text/html; charset=utf-8',
  json: (result, response) => {
    const { app } = response as ExpressResponse;
    const text = JSON.stringify(
      result,
      app.get('json replacer') as never,
      app.get('json spaces') as never,
    ) as string | undefined;
    return app.get('json escape') === true ? text?.replace(/[<>&]/g, escaped) : text;
  },
};

/**
 * A schema or a serializer may leave properties out, and `serialize` heeds both. Hooks before the serialisation see the
 * object only, and a serializer of this one reply would be given our text again: such answers are left to Fastify.
 */
const fastify: Platform = {
  textType: 'text/plain; charset=utf-8',
  json: (result, response) => {
    const reply = response as FastifyReply;
    const route = hidden(reply.request, 'fastify.context') as { preSerialization?: unknown } | undefined;
    const hooks: unknown = route?.preSerialization ?? undefined;
    const own: unknown = hidden(reply, 'fastify.reply.serializer') ?? undefined;
    return hooks === undefined && own === undefined ? reply.serialize(result) : undefined;
  },
};

const other: Platform = { textType: fastify.textType, json: (result) => JSON.stringify(result) };

const PLATFORMS: Readonly<Record<string, Platform>> = { express, fastify };

/** The platform of an adapter, by the name it gives itself. */
export function platformOf(type: string): Platform {
  return PLATFORMS[type] ?? other;
}

/** All headers of a native response. */
export function headersOf(response: object): HeaderFields {
  const { getHeaders } = response as { getHeaders?: () => HeaderFields };
  return { ...getHeaders?.call(response) };
}

/** Whether cookies are set that `@fastify/cookie` holds back until the response is sent. */
export function hasParkedCookies(response: object): boolean {
  const parked = hidden(response, 'fastify.reply.setCookies');
  return types.isMap(parked) && parked.size > 0;
}

function hidden(owner: object, description: string): unknown {
  const symbol = Object.getOwnPropertySymbols(owner).find((one) => one.description === description);
  return symbol && (owner as Record<symbol, unknown>)[symbol];
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
