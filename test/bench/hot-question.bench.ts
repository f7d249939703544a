import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheModule, CacheService, counters, defineRegions, region } from 'nuthatch';
import type { Counts } from 'nuthatch';
import pg from 'pg';
import { startPostgres } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';

const VOTES_PER_SECOND = 300;
const READERS = 16;
/** As many as vote in a house of representatives, and as many as vote in a platform. */
const VOTERS = [440, 20_000] as const;
const QUESTION = 7;

const hot = defineRegions('hot', {
  results: region<[question: number], Counts>({ ttl: '1h', strict: true }),
  tally: counters<[question: number]>({ ttl: '1h' }),
});

/** What a way to keep the results of a hot question comes to. Times in milliseconds. */
interface Figures {
  readonly readsPerSecond: number;
  readonly readP50: number;
  readonly readP99: number;
  readonly votesPerSecond: number;
  readonly voteP50: number;
  readonly voteP99: number;
  readonly queriesPerSecond: number;
}

/** The results of one question while it is voted on, by evicting them with each vote and by counting them in Redis. */
export interface HotQuestionFigures {
  readonly name: 'hot-question';
  readonly database: string;
  /** By how many votes the question has. */
  readonly voters: Readonly<Record<number, { readonly evictAndReload: Figures; readonly counters: Figures }>>;
}

interface Instance {
  readonly app: INestApplicationContext;
  readonly cache: CacheService;
}

/** How one way reads and votes. */
interface Way {
  read(instance: Instance): Promise<Counts>;
  vote(instance: Instance, member: number, position: string): Promise<unknown>;
}

/** 300 votes a second through two instances, while 16 readers ask as fast as they are answered. */
export async function hotQuestionFigures(seconds: number): Promise<HotQuestionFigures> {
  const [redis, postgres] = await Promise.all([RedisServer.start(), startPostgres()]);
  const pool = new pg.Pool({ connectionString: postgres.url, max: postgres.poolSize });
  const instances = await Promise.all([start(redis.url), start(redis.url)]);
  try {
    const voters: Record<number, { evictAndReload: Figures; counters: Figures }> = {};
    for (const members of VOTERS) {
      const votes = new Votes(pool, members);
      const evictAndReload = await play(instances, votes, evicting(votes), seconds);
      await Promise.all(instances.map(({ cache }) => cache.drop([hot.tally.at(QUESTION)])));
      voters[members] = { evictAndReload, counters: await play(instances, votes, counting(votes), seconds) };
    }
    return { name: 'hot-question', database: postgres.kind, voters };
  } finally {
    await Promise.all(instances.map(({ app }) => app.close()));
    await pool.end();
    await Promise.all([redis.stop(), postgres.stop()]);
  }
}

async function start(url: string): Promise<Instance> {
  @Module({ imports: [CacheModule.forRoot({ redis: { url }, prefix: 'hot', redisBudget: '5s' })] })
  class BenchModule {}
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error'] });
  const cache = app.get(CacheService);
  while ((await cache.clear(hot.results)) !== 'confirmed') await sleep(10);
  return { app, cache };
}

/** The votes on one question. */
class Votes {
  queries = 0;

  constructor(
    private readonly pool: pg.Pool,
    readonly members: number,
  ) {}

  async fill(): Promise<void> {
    await this.pool.query('DROP TABLE IF EXISTS hot_votes');
    await this.pool.query(
      'CREATE TABLE hot_votes (question int, member int, position text, PRIMARY KEY (question, member))',
    );
    await this.pool.query(
      `INSERT INTO hot_votes SELECT $1, n, CASE n % 2 WHEN 0 THEN 'yea' ELSE 'nay' END FROM generate_series(1, $2) n`,
      [QUESTION, this.members],
    );
    this.queries = 0;
  }

  /** What the member's vote was before; one statement. */
  async cast(member: number, position: string): Promise<string> {
    this.queries++;
    const { rows } = await this.pool.query<{ before: string }>(
      `WITH old AS (SELECT position FROM hot_votes WHERE question = $1 AND member = $2 FOR UPDATE)
       UPDATE hot_votes SET position = $3 FROM old WHERE question = $1 AND member = $2 RETURNING old.position AS before`,
      [QUESTION, member, position],
    );
    return rows[0]?.before ?? '';
  }

  async count(): Promise<Counts> {
    this.queries++;
    const { rows } = await this.pool.query<{ position: string; votes: string }>(
      'SELECT position, count(*) AS votes FROM hot_votes WHERE question = $1 GROUP BY position',
      [QUESTION],
    );
    return Object.fromEntries(rows.map(({ position, votes }) => [position, Number(votes)]));
  }
}

function evicting(votes: Votes): Way {
  return {
    read: ({ cache }) => cache.getOrSet(hot.results, [QUESTION], () => votes.count()),
    vote: ({ cache }, member, position) =>
      cache.write(hot.results, [QUESTION], async () => {
        await votes.cast(member, position);
        // what is not a value is not kept: the results are read again
        return undefined as never;
      }),
  };
}

function counting(votes: Votes): Way {
  const target = hot.tally.at(QUESTION);
  return {
    read: ({ cache }) => cache.counts(hot.tally, [QUESTION], () => votes.count()),
    vote: ({ cache }, member, position) =>
      cache.change([target], { subject: String(member) }, async (change) => {
        const before = await votes.cast(member, position);
        if (before !== position) change.add(target, { [before]: -1, [position]: 1 });
      }),
  };
}

async function play(
  instances: readonly Instance[],
  votes: Votes,
  way: Way,
  seconds: number,
): Promise<Figures> {
  await votes.fill();
  const [reads, casts]: [number[], number[]] = [[], []];
  const until = performance.now() + seconds * 1_000;
  const instance = (i: number) => instances[i % instances.length] as Instance;
  const readers = Array.from({ length: READERS }, async (_, i) => {
    while (performance.now() < until) reads.push(await timed(() => way.read(instance(i))));
  });
  const started = performance.now();
  const voting: Promise<unknown>[] = [];
  for (let vote = 0; performance.now() < until; vote++) {
    const due = started + (vote * 1_000) / VOTES_PER_SECOND;
    if (due > performance.now()) await sleep(due - performance.now());
    const member = 1 + ((vote * 7_919) % votes.members);
    const work = () => way.vote(instance(vote), member, vote % 3 === 0 ? 'yea' : 'nay');
    voting.push(timed(work).then((ms) => casts.push(ms)));
  }
  await Promise.all([...readers, ...voting]);
  const took = (performance.now() - started) / 1_000;
  await assertRight(instances, votes, way);
  return {
    readsPerSecond: Math.round(reads.length / took),
    readP50: percentile(reads, 0.5),
    readP99: percentile(reads, 0.99),
    votesPerSecond: Math.round(casts.length / took),
    voteP50: percentile(casts, 0.5),
    voteP99: percentile(casts, 0.99),
    queriesPerSecond: Math.round(votes.queries / took),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function percentile(values: readonly number[], which: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length * which)] ?? 0) * 100) / 100;
}

/** @throws Error when an instance answers other results than the database. */
async function assertRight(instances: readonly Instance[], votes: Votes, way: Way): Promise<void> {
  const { queries } = votes;
  const right = JSON.stringify(Object.entries(await votes.count()).sort());
  for (const one of instances) {
    const answered = JSON.stringify(Object.entries(await way.read(one)).sort());
    if (answered !== right) throw new Error(`the results are ${right}, but ${answered} was answered`);
  }
  votes.queries = queries;
}
