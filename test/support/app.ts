import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type {
  Abstract,
  DynamicModule,
  INestApplication,
  INestApplicationContext,
  LoggerService,
  ModuleMetadata,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CacheService } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { RedisServer } from './redis-server.js';

const PATIENCE_MS = 10_000;

// What the machine of the test run says about its own Redis must not reach the applications of the tests.
for (const name of Object.keys(process.env))
  if (/^(REDIS_(?!SERVER_BIN)|CACHE_|ENABLE_API_CACHE)/.test(name)) delete process.env[name];

/** Asks again and again until the answer is yes; throws when it stays no. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`in ${PATIENCE_MS} ms it did not come true that ${what}`);
    await pause(5);
  }
}

/** Where what an application logs is kept, for a test to read. */
export class LogBook implements LoggerService {
  readonly warnings: string[] = [];
  readonly lines: string[] = [];

  log = (message: unknown) => this.lines.push(String(message));
  debug = this.log;
  verbose = this.log;
  error = (message: unknown) => this.lines.push(String(message));
  warn = (message: unknown) => {
    this.lines.push(String(message));
    this.warnings.push(String(message));
  };

  /** The warnings that hold a text. */
  about(text: string): string[] {
    return this.warnings.filter((line) => line.includes(text));
  }
}

/** What an application is made of, beside the cache. */
export interface Parts extends Pick<ModuleMetadata, 'imports' | 'providers' | 'controllers'> {
  /** Options of `CacheModule.forRoot`; `false` leaves the module out. */
  readonly cache?: Parameters<typeof CacheModule.forRoot>[0] | false;
}

/** A root module made of parts. */
export function rootModule({ cache, imports = [], providers = [], controllers = [] }: Parts): DynamicModule {
  const first = cache === false ? [] : [CacheModule.forRoot(cache)];
  return { module: class Root {}, imports: [...first, ...imports], providers, controllers };
}

/** An application that runs, with what it logged since its boot. */
export interface Running<A extends INestApplicationContext = INestApplicationContext> {
  readonly app: A;
  readonly log: LogBook;
  get<T>(token: Type<T> | Abstract<T> | string | symbol): T;
}

export type Platform = 'express' | 'fastify';
export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

const running: INestApplicationContext[] = [];

/** Boots an application without HTTP; the caller closes it, or `usePlace` and `closeAll` do. */
export async function boot(parts: Parts): Promise<Running> {
  const log = new LogBook();
  const app = await NestFactory.createApplicationContext(rootModule(parts), {
    logger: log,
    abortOnError: false,
  });
  return keep(app, log);
}

/** Boots an application that listens on a free port of 127.0.0.1. */
export async function bootHttp(
  parts: Parts,
  platform: Platform = 'express',
): Promise<Running<INestApplication> & { url: string }> {
  const log = new LogBook();
  const options = { logger: log, abortOnError: false };
  const root = rootModule(parts);
  const app =
    platform === 'express'
      ? await NestFactory.create(root, options)
      : await NestFactory.create(root, new FastifyAdapter(), options);
  const kept = keep(app, log);
  await app.listen(0, '127.0.0.1');
  return { ...kept, url: await app.getUrl() };
}

function keep<A extends INestApplicationContext>(app: A, log: LogBook): Running<A> {
  running.push(app);
  return { app, log, get: (token) => app.get(token as Type, { strict: false }) };
}

/** Closes every application that was booted and is not closed yet. */
export async function closeAll(): Promise<void> {
  await Promise.all(running.splice(0).map((app) => app.close()));
}

/** Where values are kept: a promise that holds for each is tested in each. */
export const PLACES = ['memory only', 'memory and Redis', 'Redis only'] as const;
export type PlaceName = (typeof PLACES)[number];

/** One place: boots applications that keep their values there. */
export class Place {
  server: RedisServer | undefined;
  /** What is shared by the applications of one test, and by nobody else. */
  prefix = '';

  constructor(readonly name: PlaceName) {}

  /** For the `memory` option of regions. */
  get memory(): boolean {
    return this.name !== 'Redis only';
  }

  get hasRedis(): boolean {
    return this.name !== 'memory only';
  }

  options(extra: CacheModuleOptions = {}): CacheModuleOptions {
    if (this.server === undefined) return extra;
    // A busy machine must not turn a test of outcomes into one of timeouts.
    return { redis: { url: this.server.url }, prefix: this.prefix, redisBudget: '5s', ...extra };
  }

  async boot(parts: Omit<Parts, 'cache'>, extra?: CacheModuleOptions): Promise<Running> {
    const booted = await boot({ ...parts, cache: this.options(extra) });
    await isConnected(booted);
    return booted;
  }

  async bootHttp(parts: Omit<Parts, 'cache'>, platform?: Platform): ReturnType<typeof bootHttp> {
    const booted = await bootHttp({ ...parts, cache: this.options() }, platform);
    await isConnected(booted);
    return booted;
  }

  /** The keys in Redis with this prefix, sorted. */
  async keys(pattern = '*'): Promise<string[]> {
    const reply = await this.server?.command('KEYS', `${this.prefix}:${pattern}`);
    return (reply ?? '').split('\n').filter(Boolean).sort();
  }
}

/** A boot does not wait for Redis for long; a test that counts on Redis has to. */
export async function isConnected(booted: Running): Promise<void> {
  const cache = booted.get(CacheService);
  const confirmed = async () => (await cache.set('support.canary', [], 1)) === 'confirmed';
  await until(confirmed, 'the cache is connected to Redis');
}

/** Prepares a place for the tests of a `describe`: its server lives as long, its applications as long as one test. */
export function usePlace(name: PlaceName): Place {
  const place = new Place(name);
  beforeAll(async () => {
    if (place.hasRedis) place.server = await RedisServer.start();
    place.prefix = randomUUID();
  });
  afterEach(async () => {
    await closeAll();
    place.prefix = randomUUID();
  });
  afterAll(() => place.server?.stop());
  return place;
}
