import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CacheModule, CacheService, counters, defineRegions, ranking } from 'nuthatch';
import type { CacheModuleOptions } from 'nuthatch';
import { serveWorker } from '../support/workers.js';

/** One process of an application that counts votes; the votes are in a register outside all processes. */

export interface CountersWorkerOptions {
  readonly redis: string;
  readonly database: string;
  readonly cache: CacheModuleOptions;
}

/** What becomes of a vote when the database has it. */
interface Fate {
  /** The process hangs, and is to be killed. */
  readonly dies?: boolean;
  /** How long it goes on, in milliseconds. */
  readonly takesMs?: number;
}

const votes = defineRegions('votes', {
  tally: counters<[question: string]>({ ttl: '1h' }),
  trending: ranking<[]>({ ttl: '1h', halfLife: '1d' }),
});

let cache: CacheService;
let database: Redis;
let counted = 0;

const methods = {
  start: async (options: CountersWorkerOptions): Promise<void> => {
    @Module({
      imports: [CacheModule.forRoot({ redis: { url: options.redis }, prefix: 'votes', ...options.cache })],
    })
    class VotesModule {}
    database = new Redis(options.database);
    cache = (await NestFactory.createApplicationContext(VotesModule, { logger: ['error', 'warn'] })).get(
      CacheService,
    );
    // a boot does not wait for Redis, but these tests are about what happens with it
    while ((await cache.invalidateTags('anything')) !== 'confirmed') await sleep(5);
  },

  /** Casts a vote. */
  vote: async (
    question: string,
    member: string,
    position: string,
    { dies = false, takesMs = 0 }: Fate = {},
  ): Promise<void> => {
    const targets = [votes.tally.at(question), votes.trending.at()];
    await cache.change(targets, { subject: `${question} ${member}` }, async (change) => {
      const results = await database
        .multi()
        .hget(`question:${question}`, member)
        .hset(`question:${question}`, member, position)
        .exec();
      const before = results?.[0]?.[1] as string | null;
      if (dies) {
        await database.set('died', '1');
        await sleep(600_000);
      }
      await sleep(takesMs);
      if (before === position) return;
      change.add(votes.tally.at(question), { [position]: 1, ...(before !== null && { [before]: -1 }) });
      if (before === null) change.bump(votes.trending.at(), { member: question, at: 0 });
    });
  },

  counts: async (question: string): Promise<Record<string, number>> => ({
    ...(await cache.counts(votes.tally, [question], async () => {
      counted++;
      const positions = await database.hvals(`question:${question}`);
      const counts: Record<string, number> = {};
      for (const position of positions) counts[position] = (counts[position] ?? 0) + 1;
      return counts;
    })),
  }),

  /** The questions by how many have voted, the most first. */
  trending: async (): Promise<[question: string, votes: number][]> => {
    const contributions = async () => {
      const questions = await database.keys('question:*');
      return Promise.all(
        questions.map(async (key) => ({ member: key.slice(9), weight: await database.hlen(key), at: 0 })),
      );
    };
    const top = await cache.top(votes.trending, [], contributions, { limit: 100, at: 0 });
    return top.map(({ member, score }) => [member, Math.round(score * 1e6) / 1e6]);
  },

  counted: (): number => counted,
};

export type CountersMethods = typeof methods;

serveWorker(methods);
