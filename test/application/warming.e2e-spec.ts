import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApp } from 'governance-api';
import { startApp } from 'governance-api';
import { eventually } from '../support/fleet.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { startPostgres } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';

/** What is warmed: of each community four values, of each member two, each question, five pages and one list. */
const COMMUNITIES = 54;
const MEMBERS = 102;
const QUESTIONS = 645;
const KEYS = { community: 4 * COMMUNITIES + 1, user: 2 * MEMBERS, voting: QUESTIONS + 5 };
const ALL = KEYS.community + KEYS.user + KEYS.voting;

interface Figures {
  readonly warmed: number;
  readonly warmingFailed: number;
  readonly loads: number;
}

interface Stats {
  readonly instance: { readonly regions: Readonly<Record<string, Figures>> };
}

interface Progress {
  readonly strategy: string;
  readonly total: number | null;
  readonly done: number;
  readonly loaded: number;
  readonly fresh: number;
  readonly failed: number;
  readonly ended: boolean;
}

let redis: RedisServer;
let database: PostgresServer;
const apps: RunningApp[] = [];

beforeEach(async () => {
  [redis, database] = await Promise.all([RedisServer.start(), startPostgres()]);
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await Promise.all([redis.stop(), database.stop()]);
});

async function start(atBoot: false | 'before-ready'): Promise<RunningApp> {
  const cache = { redis: { url: redis.url }, redisBudget: '5s', warming: { atBoot } } as const;
  const databasePoolSize = Math.max(1, Math.floor(database.poolSize / 3));
  const app = await startApp({ databaseUrl: database.url, databasePoolSize, cache });
  apps.push(app);
  return app;
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  expect(response.ok).toBe(true);
  return (await response.json()) as T;
}

/** What the warmings of an application came to. */
async function warmedBy({ url }: RunningApp) {
  const { instance } = await json<Stats>(`${url}/cache/stats`);
  const figures = Object.values(instance.regions);
  const sum = (of: (one: Figures) => number) => figures.reduce((all, one) => all + of(one), 0);
  return { warmed: sum((one) => one.warmed), failed: sum((one) => one.warmingFailed) };
}

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('warming the application', () => {
  test('three instances that boot on an empty Redis load each value once, all of them together', async () => {
    const [first] = [await start(false)];
    await first.close();
    apps.splice(0);
    await redis.command('FLUSHALL');
    const three = await Promise.all([start('before-ready'), start('before-ready'), start('before-ready')]);
    const warmed = await Promise.all(three.map(warmedBy));
    expect(warmed.reduce((sum, one) => sum + one.warmed, 0)).toBe(ALL);
    expect(warmed.map((one) => one.failed)).toEqual([0, 0, 0]);
    // the work was shared
    expect(Math.max(...warmed.map((one) => one.warmed))).toBeLessThan(ALL);
    const { regions } = (await json<Stats>(`${three[0].url}/cache/stats`)).instance;
    expect(regions['voting.question']?.loads).toBe(0);
  });

  test('on demand tells how far it is, and loads nothing that is fresh', async () => {
    const app = await start(false);
    await json(`${app.url}/questions/1`);
    await json(`${app.url}/warmings`, post({ strategy: 'voting', concurrency: 4 }));
    const done = () =>
      eventually(
        () => json<Progress[]>(`${app.url}/warmings`),
        (all) => all.length > 0 && all.every(({ ended }) => ended),
      );
    const [voting] = await done();
    expect(voting).toMatchObject({ strategy: 'voting', total: KEYS.voting, done: KEYS.voting, failed: 0 });
    expect(voting?.fresh).toBeGreaterThanOrEqual(1);
    await json(`${app.url}/warmings`, post({}));
    expect(await done()).toEqual([
      expect.objectContaining({ strategy: 'voting', fresh: KEYS.voting, loaded: 0 }),
      expect.objectContaining({ strategy: 'community', loaded: KEYS.community, failed: 0 }),
      expect.objectContaining({ strategy: 'user', loaded: KEYS.user, failed: 0 }),
    ]);
    const { regions } = (await json<Stats>(`${app.url}/cache/stats`)).instance;
    await json(`${app.url}/questions/2`);
    const after = (await json<Stats>(`${app.url}/cache/stats`)).instance.regions;
    expect(after['voting.question']?.loads).toBe(regions['voting.question']?.loads);
  });

  test('refuses what is no strategy, and can be cancelled', async () => {
    const app = await start(false);
    expect((await fetch(`${app.url}/warmings`, post({ strategy: 'weather' }))).status).toBe(400);
    await json(`${app.url}/warmings`, post({ concurrency: 1 }));
    const cancelled = await json<Progress[]>(`${app.url}/warmings`, { method: 'DELETE' });
    expect(cancelled).toHaveLength(3);
    await eventually(
      () => json<Progress[]>(`${app.url}/warmings`),
      (all) => all.every(({ ended }) => ended),
    );
  });
});
