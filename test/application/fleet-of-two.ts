import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import { GovernanceDatabase, PGLITE_POOL_SIZE, startApp } from 'governance-api';
import type { Platform, RunningApp } from 'governance-api';
import { Redis } from 'ioredis';
import type { CacheStats } from 'nuthatch';
import { until } from '../support/app.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { RedisServer } from '../support/redis-server.js';

/** What is sent to change something. */
export interface Sending {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/** One instance of the application, as its clients see it. */
export class Instance {
  constructor(private readonly running: RunningApp) {}

  /** The status and the body of an answer. */
  async answer(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.running.url + path);
    return { status: response.status, body: await response.json() };
  }

  answers(paths: readonly string[]) {
    return Promise.all(paths.map((path) => this.answer(path)));
  }

  async send({ method, path, body }: Sending): Promise<Response> {
    const url = this.running.url + path;
    if (body === undefined) return fetch(url, { method });
    const headers = { 'content-type': 'application/json' };
    return fetch(url, { method, headers, body: JSON.stringify(body) });
  }

  /** How many values this instance has asked its database for. */
  async loads(): Promise<number> {
    return (await this.figures()).values.loads;
  }

  async figures() {
    return ((await this.answer('/cache/stats')).body as CacheStats).instance;
  }

  get app() {
    return this.running.app;
  }
}

interface Servers {
  readonly database: GovernanceDatabase;
  readonly redis: RedisServer;
  readonly line: FaultyProxy;
}

/** Two instances that share a database and a Redis, one on Fastify and the other on Express, and one without a cache: it answers what is true. */
export class FleetOfTwo {
  readonly one: Instance;
  readonly other: Instance;
  readonly truth: Instance;
  readonly database: GovernanceDatabase;
  /** What the other instance reaches Redis through. */
  readonly line: FaultyProxy;
  private readonly redisUrl: string;

  private constructor(
    [one, other, truth]: readonly [Instance, Instance, Instance],
    servers: Servers,
    private readonly closing: readonly (() => Promise<unknown>)[],
  ) {
    this.one = one;
    this.other = other;
    this.truth = truth;
    this.database = servers.database;
    this.redisUrl = servers.redis.url;
    this.line = servers.line;
  }

  static async start(prefix: string): Promise<FleetOfTwo> {
    const database = await GovernanceDatabase.open();
    const redis = await RedisServer.start();
    const line = await FaultyProxy.start(redis.port);
    const closing: (() => Promise<unknown>)[] = [
      () => database.close(),
      () => redis.stop(),
      () => line.close(),
    ];
    const start = async (platform: Platform, url?: string) => {
      // a busy machine must not make a test of outcomes one of timeouts
      const patient = { prefix, redisBudget: '10s', maxStaleness: '60s', redis: { url } } as const;
      const app = await startApp({
        platform,
        databaseUrl: database.url,
        databasePoolSize: PGLITE_POOL_SIZE,
        cache: url !== undefined && patient,
      });
      closing.push(() => app.close());
      return new Instance(app);
    };
    const [one, other, truth] = [
      await start('fastify', redis.url),
      await start('express', line.url),
      await start('fastify'),
    ];
    for (const instance of [one, other])
      await until(async () => {
        const { redis: server, channel } = await instance.figures();
        return server.connected && channel.open;
      }, 'an instance is connected to Redis');
    return new FleetOfTwo([one, other, truth], { database, redis, line }, closing);
  }

  /** Every key of Redis, and every value that is a text. */
  async kept(): Promise<string[]> {
    const client = new Redis(this.redisUrl);
    try {
      const keys = await client.keys('*');
      const texts = await Promise.all(keys.map((key) => client.get(key).catch(() => '')));
      return [...keys, ...texts.map((text) => text ?? '')];
    } finally {
      client.disconnect();
    }
  }

  async close(): Promise<void> {
    for (const close of [...this.closing].reverse()) await close();
  }
}

/**
 * Expects that what is answered at these paths changes when this is sent to one instance, and that it is the new answers that the
 * same instance gives from then on, and the other: at its first read, or, when it has read before, once it has heard of the change.
 */
export async function expectToFollow(
  { one, other, truth }: FleetOfTwo,
  sending: Sending,
  paths: readonly string[],
  otherHasRead: boolean,
): Promise<void> {
  const before = await truth.answers(paths);
  expect(before.filter(({ status }) => status >= 500)).toEqual([]);
  expect(await one.answers(paths)).toEqual(before);
  if (otherHasRead) expect(await other.answers(paths)).toEqual(before);
  const response = await one.send(sending);
  expect([response.ok, await response.text()]).toEqual([true, expect.anything()]);
  const after = await truth.answers(paths);
  for (const [at, path] of paths.entries())
    expect([path, isDeepStrictEqual(after[at], before[at])]).toEqual([path, false]);
  expect(await one.answers(paths)).toEqual(after);
  if (otherHasRead)
    await until(
      async () => isDeepStrictEqual(await other.answers(paths), after),
      `the other instance answers what is new at ${paths.join(', ')}`,
    );
  expect(await other.answers(paths)).toEqual(after);
}
