import type { INestApplicationContext } from '@nestjs/common';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheModule, Cacheable, defineRegions, region } from 'nuthatch';
import { RedisServer } from '../support/redis-server.js';

/** A value of the size that caches usually hold: a row with a few nested parts, about 300 bytes of JSON. */
export interface Row {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly owner: { readonly id: number; readonly email: string };
  readonly text: string;
}

export function makeRow(id: number): Row {
  return {
    id,
    name: `community number ${id}`,
    tags: ['governance', 'public', 'verified'],
    owner: { id: id * 7, email: `owner${id}@example.org` },
    text: 'A community that votes about everything it does, in the open. '.repeat(2),
  };
}

const bench = defineRegions('bench', {
  memory: region<[id: number], Row>({ ttl: '1h' }),
  redis: region<[id: number], Row>({ ttl: '1h', memory: false }),
});

@Injectable()
export class Rows {
  @Cacheable(bench.memory)
  fromMemory(id: number): Promise<Row> {
    return Promise.resolve(makeRow(id));
  }

  @Cacheable(bench.redis)
  fromRedis(id: number): Promise<Row> {
    return Promise.resolve(makeRow(id));
  }
}

/** An application with all guarantees on: a real Redis, the channel, beats, statistics. */
export interface Subject {
  readonly rows: Rows;
  readonly url: string;
  close(): Promise<void>;
}

export async function startSubject(): Promise<Subject> {
  const server = await RedisServer.start();
  @Module({
    imports: [CacheModule.forRoot({ redis: { url: server.url }, prefix: 'bench' })],
    providers: [Rows],
  })
  class BenchModule {}
  const app: INestApplicationContext = await NestFactory.createApplicationContext(BenchModule, {
    logger: ['error'],
  });
  return {
    rows: app.get(Rows),
    url: server.url,
    close: async () => {
      await app.close();
      await server.stop();
    },
  };
}
