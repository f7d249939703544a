import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Platform, RunningApp } from 'governance-api';
import { GovernanceDatabase, PGLITE_POOL_SIZE, officialTotals, startApp } from 'governance-api';
import type { CacheStats } from 'nuthatch';
import { RedisServer } from '../support/redis-server.js';

const QUESTIONS = 645;
/** Requests at once: enough to be quick, few enough for the database's four connections. */
const AT_ONCE = 16;

interface Results {
  readonly questionId: number;
  readonly yea: number;
  readonly nay: number;
}

let database: GovernanceDatabase;
let redis: RedisServer;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await GovernanceDatabase.open({ url: process.env.DATABASE_URL });
  closing.push(() => database.close());
  redis = await RedisServer.start();
  closing.push(() => redis.stop());
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

// A busy machine must not make a test of outcomes one of timeouts.
const patient = { prefix: 'results', redisBudget: '10s', maxStaleness: '60s' } as const;

async function start(platform: Platform, cache: 'off' | 'redis' | 'memory'): Promise<RunningApp> {
  const options = {
    off: false,
    redis: { ...patient, redis: { url: redis.url } },
    memory: patient,
  } as const;
  const running = await startApp({
    platform,
    databaseUrl: database.url,
    databasePoolSize: PGLITE_POOL_SIZE,
    cache: options[cache],
  });
  closing.push(() => running.close());
  // a boot does not wait for Redis, but what is counted here depends on it
  while (cache === 'redis' && !(await isConnected(running))) await pause(5);
  return running;
}

async function isConnected(app: RunningApp): Promise<boolean> {
  const { redis: server, channel } = await figures(app);
  return server.connected && channel.open;
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

/** The results of all questions, as the API reports them. */
async function allResults({ url }: RunningApp): Promise<Results[]> {
  const results: Results[] = [];
  let next = 1;
  const reader = async () => {
    for (let id = next++; id <= QUESTIONS; id = next++) {
      results[id - 1] = await get<Results>(`${url}/questions/${id}/results`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return results;
}

async function figures({ url }: RunningApp) {
  return (await get<CacheStats>(`${url}/cache/stats`)).instance;
}

/** Yea and nay of every question, as officially counted. */
function official() {
  const totals = officialTotals();
  return Array.from({ length: QUESTIONS }, (_, at) => totals.get(at + 1));
}

function reported(results: readonly Results[]) {
  return results.map(({ yea, nay }) => ({ yea, nay }));
}

describe.each(['fastify', 'express'] as const)('The results of all 645 roll calls, on %s', (platform) => {
  it('equal the official totals without the cache', async () => {
    const app = await start(platform, 'off');
    expect(reported(await allResults(app))).toEqual(official());
  });

  it('equal them from the database, and from Redis in this and in another instance', async () => {
    const first = await start(platform, 'redis');
    expect(reported(await allResults(first))).toEqual(official());

    const before = (await figures(first)).values;
    expect(reported(await allResults(first))).toEqual(official());
    const after = (await figures(first)).values;
    expect(after.requests - before.requests).toBe(QUESTIONS);
    expect(after.redisHits - before.redisHits).toBeGreaterThan(QUESTIONS * 0.9);

    const second = await start(platform, 'redis');
    expect(reported(await allResults(second))).toEqual(official());
    const { values } = await figures(second);
    expect(values.requests).toBe(QUESTIONS);
    expect(values.redisHits).toBeGreaterThan(QUESTIONS * 0.9);
  });

  it('equal them with memory only, where the second round counts nothing', async () => {
    const app = await start(platform, 'memory');
    expect(reported(await allResults(app))).toEqual(official());
    expect(reported(await allResults(app))).toEqual(official());
    const { values } = await figures(app);
    expect(values.requests).toBe(2 * QUESTIONS);
    expect(values.loads).toBe(QUESTIONS);
  });
});

describe('A vote of the roll calls', () => {
  it('was cast at noon of the day on which its question was put', async () => {
    const app = await start('fastify', 'redis');
    expect(await get(`${app.url}/questions/2/votes/2`)).toEqual({
      questionId: 2,
      memberId: 2,
      position: 'yea',
      castAt: '2005-01-26T12:00:00.000Z',
    });
  });
});

describe('A vote that is cast through one instance', () => {
  afterAll(() => database.reset());

  it('counts once, at once, in what that instance reads, and in what another reads for the first time', async () => {
    const [caster, other] = [await start('fastify', 'redis'), await start('fastify', 'redis')];
    const path = '/questions/2/results';
    const { position } = await get<{ position: string }>(`${caster.url}/questions/2/votes/2`);
    const before = await get<Results>(caster.url + path);
    const changed = position === 'yea' ? 'nay' : 'yea';
    const step = changed === 'yea' ? 1 : -1;
    const expected = { yea: before.yea + step, nay: before.nay - step };
    const cast = async () => {
      const response = await fetch(`${caster.url}/questions/2/votes`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ memberId: 2, position: changed }),
      });
      expect(response.status).toBe(200);
    };
    await cast();
    expect(await get<Results>(caster.url + path)).toMatchObject(expected);
    expect(await get<Results>(other.url + path)).toMatchObject(expected);
    await cast();
    expect(await get<Results>(caster.url + path)).toMatchObject(expected);
  });
});

describe('A roll call that is recorded in one transaction', () => {
  afterAll(() => database.reset());

  const record = (app: RunningApp, votes: readonly { memberId: number; position: string }[]) =>
    fetch(`${app.url}/questions/3/roll-call`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ votes }),
    });
  const read = async (app: RunningApp) => ({
    results: await get<Results>(`${app.url}/questions/3/results`),
    vote: await get<{ position: string }>(`${app.url}/questions/3/votes/2`),
  });

  it('is seen as a whole once it is committed, and not at all when it is rolled back', async () => {
    const app = await start('fastify', 'redis');
    const before = await read(app);
    const changed = before.vote.position === 'yea' ? 'nay' : 'yea';
    const step = changed === 'yea' ? 1 : -1;

    const refused = await record(app, [
      { memberId: 2, position: changed },
      { memberId: 999_999, position: 'yea' },
    ]);
    expect(refused.status).toBe(404);
    expect(await read(app)).toEqual(before);

    expect((await record(app, [{ memberId: 2, position: changed }])).status).toBe(200);
    const after = await read(app);
    expect(after.vote.position).toBe(changed);
    expect(after.results).toMatchObject({
      yea: before.results.yea + step,
      nay: before.results.nay - step,
    });
  });
});
