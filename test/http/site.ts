import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { afterEach } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogBook, PLACES, PLATFORMS, isConnected, rootModule, usePlace } from '../support/app.js';
import type { Parts, Place, PlaceName, Platform, Running } from '../support/app.js';

/** Every platform with every place: what holds for one must hold for all. */
export const GRID = PLATFORMS.flatMap((platform) => PLACES.map((name) => ({ platform, name })));

/** The name under which every instance of an application is reached, whatever port it listens on. */
const HOST = 'birds.example';

/** What a client says: everything that HTTP allows, the Host and odd paths included. */
export interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** What came back, byte by byte. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly type: string | undefined;
  readonly body: string;
  readonly bytes: Buffer;
}

/** How an application is set up before it listens. */
export interface SiteOptions {
  readonly platform: Platform;
  /** Where it keeps responses; absent: in memory only. */
  readonly place?: Place;
  /** Called with the application before it listens. */
  readonly configure?: (app: INestApplication) => void;
  /** Given to the adapter of Fastify. */
  readonly fastify?: ConstructorParameters<typeof FastifyAdapter>[0];
}

/** An application that answers over HTTP. */
export interface Site extends Running<INestApplication> {
  readonly port: number;
  ask(path: string, ask?: Ask): Promise<Answer>;
}

const sites: INestApplication[] = [];

/** Opens an application; `closeSites` closes it. */
export async function openSite(parts: Parts, options: SiteOptions): Promise<Site> {
  const { platform, place, configure } = options;
  const log = new LogBook();
  const root = rootModule({ cache: place?.options(), ...parts });
  const settings = { logger: log, abortOnError: false, forceCloseConnections: true };
  const app =
    platform === 'express'
      ? await NestFactory.create(root, settings)
      : await NestFactory.create(root, new FastifyAdapter(options.fastify), settings);
  sites.push(app);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  const site: Site = {
    app,
    log,
    port,
    get: (token) => app.get(token as never, { strict: false }),
    ask: (path, one) => send(port, path, one),
  };
  if (place?.hasRedis === true && parts.cache !== false) await isConnected(site);
  return site;
}

/** Closes every site that is open. */
export async function closeSites(): Promise<void> {
  await Promise.all(sites.splice(0).map((app) => app.close()));
}

/** What the tests of a `describe` open their applications with; each is closed after its test. */
export interface Sites {
  readonly place: Place;
  open(parts: Parts, more?: Omit<SiteOptions, 'platform' | 'place'>): Promise<Site>;
}

/** Prepares a platform and a place for the tests of a `describe`. */
export function useSites(platform: Platform, name: PlaceName = 'memory only'): Sites {
  const place = usePlace(name);
  afterEach(closeSites);
  return { place, open: (parts, more) => openSite(parts, { ...more, platform, place }) };
}

/** Sends a request exactly as it is given: no client in between that would tidy up path or headers. */
function send(port: number, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const named = { host: HOST, ...headers };
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers: named, agent: false });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode: status = 0, headers: received } = incoming;
        resolve({ status, headers: received, type: received['content-type'], body: bytes.toString(), bytes });
      });
    });
    outgoing.end(body);
  });
}

/** What must not differ between a cached answer and an uncached one. */
export function essence({ status, type, bytes, headers }: Answer) {
  return { status, type, body: bytes.toString('latin1'), length: headers['content-length'] };
}
