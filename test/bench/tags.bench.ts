import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheModule, CacheService, defineRegions, region } from 'nuthatch';
import { RedisServer } from '../support/redis-server.js';
import type { Row } from './subject.js';
import { makeRow } from './subject.js';

const FEW = 1_000;
const MANY = 1_000_000;
const IN_MEMORY = 100_000;
const AT_ONCE = 500;
const ROUNDS = 200;

const { tagged, held } = defineRegions('tags', {
  tagged: region<[id: number], Row>({ ttl: '1h', memory: false, tags: ['all'] }),
  held: region<[id: number], Row>({ ttl: '1h', tags: ['all'] }),
});

/** What the invalidation of a tag takes, whatever carries it, and what an entry weighs. Milliseconds, bytes. */
export interface TagFigures {
  readonly name: 'tags';
  /** The median of an invalidation, by the number of entries that carry the tag. */
  readonly invalidateMs: Readonly<Record<number, number>>;
  readonly redisBytesPerEntry: number;
  readonly memoryBytesPerEntry: number;
  readonly jsonBytes: number;
}

/** Fills a real Redis with a million entries under one tag; takes some minutes. */
export async function tagFigures(): Promise<TagFigures> {
  const server = await RedisServer.start();
  const memory = { maxItems: IN_MEMORY, maxBytes: 2 ** 31 };
  @Module({ imports: [CacheModule.forRoot({ redis: { url: server.url }, redisBudget: '10s', memory })] })
  class BenchModule {}
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error'] });
  try {
    const cache = app.get(CacheService);
    while ((await cache.clear(tagged)) !== 'confirmed')
      await new Promise((resolve) => setTimeout(resolve, 10));
    await fill(cache, 0, FEW);
    const few = await invalidateMs(cache);
    const before = await usedMemory(server);
    await fill(cache, FEW, MANY);
    const redisBytesPerEntry = Math.round(((await usedMemory(server)) - before) / (MANY - FEW));
    const many = await invalidateMs(cache);
    const memoryBytesPerEntry = await weighMemory(cache);
    const jsonBytes = Buffer.byteLength(JSON.stringify(makeRow(MANY / 2)));
    return {
      name: 'tags',
      invalidateMs: { [FEW]: few, [MANY]: many },
      redisBytesPerEntry,
      memoryBytesPerEntry,
      jsonBytes,
    };
  } finally {
    await app.close();
    await server.stop();
  }
}

async function fill(cache: CacheService, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += AT_ONCE) {
    const keys = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, i): [number] => [first + i]);
    await cache.getOrSetMany(tagged, keys, (missing) => Promise.resolve(missing.map(([id]) => makeRow(id))));
  }
}

async function invalidateMs(cache: CacheService): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    if ((await cache.invalidateTags('all')) !== 'confirmed') throw new Error('Redis did not confirm');
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return Math.round((times[ROUNDS / 2] ?? 0) * 1_000) / 1_000;
}

async function usedMemory(server: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await server.command('INFO', 'memory'))?.[1]);
}

/** What the process grows by for each entry that its memory holds. */
async function weighMemory(cache: CacheService): Promise<number> {
  const weigh = () => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = weigh();
  for (let id = 0; id < IN_MEMORY; id++) await cache.getOrSet(held, [id], () => makeRow(id));
  return Math.round((weigh() - before) / IN_MEMORY);
}
