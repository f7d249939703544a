import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunningApp } from 'governance-api';
import { GovernanceDatabase, startApp } from 'governance-api';
import type { CacheStats } from 'nuthatch';
import { until } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';

jest.setTimeout(120_000);

const MEMBER = 7;

let database: GovernanceDatabase;
let redis: RedisServer;
let one: RunningApp;
let other: RunningApp;

beforeAll(async () => {
  database = await GovernanceDatabase.open({ votes: 'none' });
  redis = await RedisServer.start();
  const options = { databaseUrl: database.url, databasePoolSize: 2, cache: { redis: { url: redis.url } } };
  one = await startApp({ ...options, platform: 'express' });
  other = await startApp({ ...options, platform: 'fastify' });
});

afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
  await database.close();
});

async function get<T>({ url }: RunningApp, path: string): Promise<T> {
  const answer = await fetch(url + path);
  return (await answer.json()) as T;
}

async function begin({ url }: RunningApp): Promise<string> {
  const answer = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ memberId: MEMBER }),
  });
  return ((await answer.json()) as { token: string }).token;
}

const views = async (app: RunningApp, id: string) =>
  (await get<{ views: number }>(app, `/communities/${id}/views`)).views;

describe('When a member was last seen', () => {
  it('is known on every instance as soon as the session has been answered, and later in the database', async () => {
    expect(await get(other, `/members/${MEMBER}/seen`)).toEqual({ seen: null });
    const token = await begin(one);
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      const before = new Date().toISOString();
      await get(here, `/sessions/${token}`);
      const { seen } = await get<{ seen: { at: string } }>(here, `/members/${MEMBER}/seen`);
      expect(seen).toMatchObject({ memberId: MEMBER, doing: 'session' });
      expect(seen.at >= before).toBe(true);
      await until(async () => {
        const answer = await get<{ seen: { at: string } }>(there, `/members/${MEMBER}/seen`);
        return answer.seen.at === seen.at;
      }, 'the other instance has seen it');
    }
    const written = () =>
      database.db.selectFrom('sightings').where('member_id', '=', MEMBER).selectAll().executeTakeFirst();
    await until(async () => (await written()) !== undefined, 'the database has it');
  });

  it('is nothing for who is no member', async () => {
    expect((await fetch(`${one.url}/members/99999/seen`)).status).toBe(404);
  });
});

describe('Views of a page', () => {
  it('are each counted once, by whichever instance and whether or not the cache answered', async () => {
    for (let i = 0; i < 12; i++)
      expect((await fetch(`${(i % 3 === 0 ? other : one).url}/communities/party-r?page=${i}`)).status).toBe(
        200,
      );
    await fetch(`${one.url}/communities/party-r/configuration`);
    await until(async () => (await views(one, 'party-r')) === 12, 'all views are counted');
    await until(async () => (await views(other, 'party-r')) === 12, 'the other instance knows');
    expect(await views(one, 'party-d')).toBe(0);
  });

  it('of what does not exist are none, and stop nobody', async () => {
    expect((await fetch(`${one.url}/communities/none`)).status).toBe(404);
    expect((await fetch(`${one.url}/communities/none/views`)).status).toBe(404);
    expect((await fetch(`${one.url}/communities/%E0%A4%A`)).status).toBe(400);
  });

  it('are in the figures of the instance', async () => {
    const { instance } = await get<CacheStats>(one, '/cache/stats');
    expect(Object.keys(instance.writeBehind).sort()).toEqual(['activity.seen', 'activity.view']);
    expect(instance.writeBehind['activity.view']).toMatchObject({ depth: 0, deadLetters: 0, refused: 0 });
    expect(instance.writeBehind['activity.view']?.queued).toBeGreaterThan(0);
  });

  it('are brought to the database though the instance that took them ends', async () => {
    const third = await startApp({
      databaseUrl: database.url,
      databasePoolSize: 1,
      cache: { redis: { url: redis.url } },
    });
    for (let i = 0; i < 5; i++) await fetch(`${third.url}/communities/state-ga`);
    await third.close();
    await until(async () => (await views(one, 'state-ga')) === 5, 'the others bring them there');
    expect((await get<{ views: number }>(other, '/communities/state-ga/views')).views).toBe(5);
  });
});

describe('Without Redis', () => {
  it('activity is kept in the process until the database has it', async () => {
    const alone = await startApp({ databaseUrl: database.url, databasePoolSize: 1 });
    const token = await begin(alone);
    await get(alone, `/sessions/${token}`);
    expect(await get(alone, `/members/${MEMBER}/seen`)).toMatchObject({ seen: { doing: 'session' } });
    await fetch(`${alone.url}/communities/state-fl`);
    await alone.close();
    expect(await views(one, 'state-fl')).toBe(1);
  });
});
