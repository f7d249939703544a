import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CacheModule, CacheService, defineRegions, region } from 'nuthatch';
import type { CacheModuleOptions, WarmReport, Warming } from 'nuthatch';
import { serveWorker } from '../support/workers.js';

/** One process of an application that warms its cache at boot; its rows are in a register outside all processes. */

export interface WarmingWorkerOptions {
  readonly redis: string;
  readonly database: string;
  readonly cache: CacheModuleOptions;
  readonly rows: number;
  /** How long one load takes. */
  readonly loadMs: number;
  /** Rows are loaded so many at a time. */
  readonly batch?: number;
}

const rows = defineRegions('rows', { byId: region<[id: string], string>({ ttl: '1h' }) });

let options: WarmingWorkerOptions;
let cache: CacheService;
let warming: Warming | undefined;

@Injectable()
class Rows {
  private readonly database = new Redis(options.database);

  constructor(@Inject(CacheService) service: CacheService) {
    const { batch } = options;
    const keys = () => this.ids();
    if (batch === undefined) service.warmFrom(rows.byId, { keys, load: (id) => this.load(id) });
    else
      service.warmFrom(rows.byId, { keys, batch, loadMany: (ids) => this.loadMany(ids.map(([id]) => id)) });
  }

  async load(id: string): Promise<string> {
    const [value = ''] = await this.loadMany([id]);
    return value;
  }

  /** Notes what was asked for before it waits for the test, and takes its time: what a killed process has begun is seen too. */
  private async loadMany(ids: readonly string[]): Promise<string[]> {
    await this.database.rpush('loads', ...ids.map((id) => `${process.pid} ${id}`));
    while ((await this.database.get('go')) === null) await sleep(2);
    await sleep(options.loadMs);
    return ids.map((id) => `row of ${id}`);
  }

  private ids(): Promise<string[]> {
    return Promise.resolve(Array.from({ length: options.rows }, (_, i) => `id${i}`));
  }
}

const methods = {
  /** Resolves when the application is ready. */
  start: async (given: WarmingWorkerOptions): Promise<void> => {
    options = given;
    @Module({
      imports: [CacheModule.forRoot({ redis: { url: given.redis }, prefix: 'warming', ...given.cache })],
      providers: [Rows],
    })
    class WarmingModule {}
    const app = await NestFactory.createApplicationContext(WarmingModule, { logger: ['error', 'warn'] });
    cache = app.get(CacheService);
    [warming] = cache.warmings;
  },

  finished: async (): Promise<WarmReport | undefined> => warming?.finished,

  /** How many of the rows are there for a read. */
  warm: async (): Promise<number> => {
    const keys = Array.from({ length: options.rows }, (_, i) => [`id${i}`] as [string]);
    return (await cache.getMany(rows.byId, keys)).filter((value) => value !== undefined).length;
  },
};

export type WarmingMethods = typeof methods;

serveWorker(methods);
