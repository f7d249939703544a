import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { WriteBehindHandling } from 'nuthatch';
import { CacheModule, CacheService, WriteBehindHandler } from 'nuthatch';
import type { BehindContext, CellWrite } from './cells.js';
import { cell, direct } from './cells.js';
import type { DatabaseAddress } from './database.js';
import { CheckedDatabase } from './database.js';
import { Gate } from './gate.js';

/** Where a process of the check finds what it needs, and who it is. Durations in milliseconds. */
export interface Post {
  readonly name: string;
  readonly redisUrl: string;
  readonly database: DatabaseAddress;
  readonly leaseMs: number;
  /** How long it goes on emptying logs when it is to end. */
  readonly drainMs: number;
  /** Whether it empties logs. */
  readonly works: boolean;
}

/** A process of the check: an application without a server. */
export interface Running {
  readonly app: INestApplicationContext;
  readonly cache: CacheService;
  readonly database: CheckedDatabase;
  readonly gate: Gate;
}

/** A read that did not wait for the log would be right to answer with what the database has. */
const PATIENCE = '20s';

/** Starts the application of a post, which may be a stand-alone worker or a process that only writes. */
export async function startPost(post: Post): Promise<Running> {
  const database = new CheckedDatabase(post.database);
  const gate = new Gate();

  @Injectable()
  @WriteBehindHandler(cell, { batch: 500, maxDelay: '100ms' })
  class CellHandler implements WriteBehindHandling<typeof cell> {
    async write(batch: readonly CellWrite[], context: BehindContext): Promise<void> {
      if (!context.through) await gate.pass('before the database');
      await database.write(batch, context, post.name);
      if (!context.through) await gate.pass('after the database');
    }

    onApplicationShutdown(): Promise<void> {
      return database.close();
    }
  }

  @Module({ imports: [cacheOf(post)], providers: [CellHandler] })
  class PostModule {}

  const app = await NestFactory.createApplicationContext(PostModule, { logger: ['log', 'warn', 'error'] });
  app.enableShutdownHooks();
  return { app, cache: app.get(CacheService), database, gate };
}

/** Whether Redis hears a process. */
export async function hasRedis({ cache }: Running): Promise<boolean> {
  return (await cache.invalidateTags('whatever')) === 'confirmed';
}

/** A boot does not wait for Redis, but without it nothing is written behind, and a load is right to find what the database has. */
export async function untilRedis(running: Running): Promise<void> {
  while (!(await hasRedis(running))) await sleep(5);
}

function cacheOf({ redisUrl, leaseMs, drainMs, works }: Post) {
  return CacheModule.forRoot({
    redis: { url: redisUrl },
    redisBudget: PATIENCE,
    prefix: 'checked',
    monitoring: false,
    regions: [cell, direct],
    writeBehind: { durability: 'fsync', lease: leaseMs, drain: drainMs, work: works },
  });
}
