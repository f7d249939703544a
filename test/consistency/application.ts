import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CacheService } from 'nuthatch';
import type { CacheStats } from 'nuthatch';
import { requestText } from '../support/fleet-http.js';
import type { Application } from './kind.js';
import { Register } from './register.js';
import type { Row } from './register.js';
import { Random } from './random.js';
import { Rows, RowsController } from './rows.js';
import type { Post } from './scenario.js';

@Module({})
class ConsistencyModule {}

/** The application under test, as it runs in a process of its own. */
export interface RunningApplication extends Application {
  /** What the cache says of itself. */
  stats(): Promise<CacheStats>;
}

/** Boots the application and waits until its cache works. */
export async function startApplication(post: Post): Promise<RunningApplication> {
  const app = await NestFactory.create<INestApplication>(rootModule(post), new FastifyAdapter(), {
    logger: ['error'],
  });
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  const cache = app.get(CacheService);
  // a boot does not wait for Redis, but nothing can be said before the first write is confirmed
  while ((await cache.invalidateTags('boot')) !== 'confirmed') await sleep(5);
  return {
    rows: app.get(Rows),
    cache,
    register: app.get(Register),
    http: async (method, path) => JSON.parse(await requestText(port, method, path)) as Row,
    stats: async () => JSON.parse(await requestText(port, 'GET', '/cache/stats')) as CacheStats,
  };
}

function rootModule({ redis, database, scenario, seed }: Post): DynamicModule {
  const { redisBudgetMs, slowness } = scenario;
  const random = new Random(seed);
  return {
    module: ConsistencyModule,
    imports: [
      CacheModule.forRoot({
        redis,
        redisBudget: redisBudgetMs,
        prefix: 'consistency',
        monitoring: { public: true },
      }),
    ],
    controllers: [RowsController],
    providers: [Rows, { provide: Register, useFactory: () => new Register(database, random, slowness) }],
  };
}
