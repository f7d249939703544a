import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CacheModule, CacheService, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { serveWorker } from '../support/workers.js';

/** One process of an application that reads rows by many at once; its rows are in a register outside all processes. */

export interface BatchWorkerOptions {
  readonly redis: string;
  readonly database: string;
  readonly cache: CacheModuleOptions;
}

const rows = defineRegions('rows', { byId: region<[id: string], string>() });

let cache: CacheService;
let database: Redis;
/** The next loader waits, after it has read, until this is done. */
let held: Promise<void> | undefined;
let finish: () => void = () => undefined;
let begun: Promise<string[]> | undefined;

/** What one call of a loader asked for, noted where all processes note it. */
async function load(ids: readonly string[], delayMs: number): Promise<string[]> {
  const waits = held;
  held = undefined;
  const values = await database.mget(ids.map((id) => `row:${id}`));
  await database.rpush('calls', `${process.pid} ${ids.join(' ')}`);
  await waits;
  await sleep(delayMs);
  return values.map((value) => value ?? 'no row');
}

function readMany(ids: readonly string[], delayMs = 0): Promise<string[]> {
  const keys = ids.map((id) => [id] as [string]);
  return cache.getOrSetMany(rows.byId, keys, (missing) =>
    load(
      missing.map(([id]) => id),
      delayMs,
    ),
  );
}

const methods = {
  start: async (options: BatchWorkerOptions): Promise<void> => {
    @Module({
      imports: [CacheModule.forRoot({ redis: { url: options.redis }, prefix: 'batch', ...options.cache })],
    })
    class BatchModule {}
    database = new Redis(options.database);
    cache = (await NestFactory.createApplicationContext(BatchModule, { logger: ['error', 'warn'] })).get(
      CacheService,
    );
    // a boot does not wait for Redis, but these tests are about what happens with it
    while ((await cache.invalidateTags('anything')) !== 'confirmed') await sleep(5);
    // the first time on a connection, a script travels with its source
    await readMany([`warm ${process.pid}`]);
  },

  readMany,

  /** The same by as many single calls. */
  readEach: (ids: readonly string[], delayMs: number): Promise<string[]> =>
    Promise.all(
      ids.map((id) => cache.getOrSet(rows.byId, [id], async () => (await load([id], delayMs))[0] ?? '')),
    ),

  /** What is stored of these keys. */
  peekMany: async (ids: readonly string[]): Promise<(string | undefined)[]> =>
    cache.getMany(
      rows.byId,
      ids.map((id) => [id] as [string]),
    ),

  /** Begins to read; its loader waits, after it has read, for `finishRead`. */
  beginRead: (ids: readonly string[]): void => {
    held = new Promise<void>((resolve) => (finish = resolve));
    begun = readMany(ids);
  },

  finishRead: async (): Promise<string[] | undefined> => {
    finish();
    return begun;
  },

  write: async (id: string, value: string): Promise<string> => {
    await database.set(`row:${id}`, value);
    return cache.evict(rows.byId, [[id]]);
  },
};

export type BatchMethods = typeof methods;

serveWorker(methods);
