import { Injectable, Module } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CacheModule, CachePut, CacheService, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions, CacheStats, InstanceStats, Region } from 'nuthatch';
import { requestText } from '../support/fleet-http.js';
import type { Row } from './table.js';

@Module({})
class FaultsModule {}

const GROUPS = 500;

/** The tag that a row shares with others. */
export function groupOf(id: string): string {
  return `group:${Number(id) % GROUPS}`;
}

export const faults = defineRegions('faults', {
  rows: region<[id: string], Row>({ ttl: '1m', tags: (id) => [groupOf(id)] }),
  shared: region<[id: string], Row>({ ttl: '1m', tags: (id) => [groupOf(id)], memory: false }),
});

/** The region of a row: every fourth is never kept in memory, so that Redis is always asked for something. */
export function regionOf(id: string): Region<[id: string], Row> {
  return Number(id) % 4 === 0 ? faults.shared : faults.rows;
}

/** Writers that have the new row at hand. */
@Injectable()
export class Writers {
  @CachePut(faults.rows, (id: string) => [id])
  put(_id: string, write: () => Promise<Row>): Promise<Row> {
    return write();
  }
}

/** Fewer than there are keys: a good part of the requests must miss memory. */
const MEMORY = { maxItems: 400 };

/** The application under test, in the process of the load. */
export interface Subject {
  readonly cache: CacheService;
  readonly writers: Writers;
  /** How long its boot took, in milliseconds. */
  readonly bootMs: number;
  stats(): Promise<InstanceStats>;
  close(): Promise<void>;
}

/** Boots the application as users do; it waits for Redis no longer than they would. */
export async function startSubject(cache: CacheModuleOptions): Promise<Subject> {
  const options = { memory: MEMORY, monitoring: { public: true }, ...cache };
  const started = performance.now();
  const root = { module: FaultsModule, imports: [CacheModule.forRoot(options)], providers: [Writers] };
  const quiet = { logger: false, abortOnError: false } as const;
  const app = await NestFactory.create<INestApplication>(root, new FastifyAdapter(), quiet);
  await app.init();
  const bootMs = performance.now() - started;
  await app.listen(0, '127.0.0.1');
  const port = Number(new URL(await app.getUrl()).port);
  return {
    cache: app.get(CacheService),
    writers: app.get(Writers),
    bootMs,
    stats: async () => (JSON.parse(await requestText(port, 'GET', '/cache/stats')) as CacheStats).instance,
    close: () => app.close(),
  };
}
