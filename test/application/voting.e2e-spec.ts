import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { CastAnswer, RunningApp, StartAppOptions } from 'governance-api';
import { GovernanceDatabase, LEGISLATURE, PGLITE_POOL_SIZE, startApp } from 'governance-api';
import { TRENDING_HALF_LIFE_MS, VotingStrategy } from '@nuthatch/governance';
import type {
  Participation,
  Position,
  Question,
  QuestionPage,
  QuestionAnalytics,
  QuestionResults,
  Score,
  Totals,
  Vote,
} from '@nuthatch/governance';
import type { CacheStats } from 'nuthatch';
import { until } from '../support/app.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import { spawnWorker } from '../support/workers.js';
import type { AppMethods } from './app.worker.js';

let database: GovernanceDatabase;
let redis: RedisServer;
let one: RunningApp;
let other: RunningApp;
/** What the other instance reaches Redis through. */
let line: FaultyProxy;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await GovernanceDatabase.open({ votes: 'none' });
  closing.push(() => database.close());
  redis = await RedisServer.start();
  closing.push(() => redis.stop());
  line = await FaultyProxy.start(redis.port);
  closing.push(() => line.close());
  one = await start(redis.url);
  other = await start(line.url);
});

beforeEach(async () => {
  await database.db.deleteFrom('votes').execute();
  await forgetVotes(one.app.get(VotingStrategy));
});

/** What was counted of votes that a test has deleted. */
async function forgetVotes(strategy: VotingStrategy): Promise<void> {
  const numbers = Array.from({ length: 110 }, (_, i) => i + 1);
  await Promise.all([
    strategy.clear(),
    ...numbers.map((id) => strategy.tally.drop(id)),
    ...numbers.map((id) => strategy.memberTally.drop(id)),
    strategy.communityTally.drop(LEGISLATURE),
    strategy.trending.drop(LEGISLATURE),
  ]);
}

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

function options(databaseUrl: string, redisUrl: string): StartAppOptions {
  return {
    platform: 'fastify',
    databaseUrl,
    databasePoolSize: PGLITE_POOL_SIZE,
    votes: 'none',
    // A busy machine must not make a test of outcomes one of timeouts.
    cache: { prefix: 'voting', redisBudget: '10s', maxStaleness: '60s', redis: { url: redisUrl } },
  };
}

async function start(redisUrl: string): Promise<RunningApp> {
  const app = await startApp(options(database.url, redisUrl));
  closing.push(() => app.close());
  await isConnected(app.url);
  return app;
}

async function isConnected(url: string): Promise<void> {
  await until(async () => {
    const { redis: server, channel } = (await get<CacheStats>(url, '/cache/stats')).instance;
    return server.connected && channel.open;
  }, 'the application is connected to Redis');
}

async function get<T>(url: string, path: string): Promise<T> {
  const response = await fetch(url + path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

function put(url: string, path: string, body: unknown): Promise<Response> {
  return fetch(url + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function cast(app: { url: string }, question: number, memberId: number, position: Position) {
  const response = await put(app.url, `/questions/${question}/votes`, { memberId, position });
  expect(response.status).toBe(200);
  return (await response.json()) as CastAnswer;
}

/** Where everything that follows from the votes on a question is answered. */
function paths(question: number, memberId: number) {
  return [
    `/questions/${question}/results`,
    `/questions/${question}/counts`,
    `/questions/${question}/analytics`,
    `/questions/${question}/participation`,
    `/members/${memberId}/participation`,
    `/communities/${LEGISLATURE}/participation`,
    `/communities/${LEGISLATURE}/trending`,
    `/questions/${question}/votes/${memberId}`,
  ] as const;
}

/** All of it, as one instance reports it. */
async function everything({ url }: { url: string }, question: number, memberId: number) {
  const [results, counts, analytics, participation, ofMember, ofCommunity, trending, vote] = paths(
    question,
    memberId,
  );
  return {
    results: await get<QuestionResults>(url, results),
    counts: await get<Totals>(url, counts),
    analytics: await get<QuestionAnalytics>(url, analytics),
    participation: await get<Participation>(url, participation),
    ofMember: await get<Participation>(url, ofMember),
    ofCommunity: await get<Participation>(url, ofCommunity),
    trending: await get<Score[]>(url, trending),
    position: await positionAt(url + vote),
  };
}

async function positionAt(url: string): Promise<Position | undefined> {
  const response = await fetch(url);
  return response.status === 404 ? undefined : ((await response.json()) as Vote).position;
}

/** What everything must be when these are the only votes. */
function expected(question: number, memberId: number, votes: Record<number, Position>) {
  const positions = Object.values(votes);
  const count = (position: Position) => positions.filter((p) => p === position).length;
  const counts = { yea: count('yea'), nay: count('nay'), notVoting: count('notVoting') };
  const voted = counts.yea + counts.nay;
  const entitled = positions.length;
  const rates = { entitled, voted, participation: entitled === 0 ? 0 : voted / entitled };
  const own = votes[memberId];
  const ownVoted = own === 'yea' || own === 'nay' ? 1 : 0;
  return {
    results: { questionId: question, ...counts, participation: rates.participation },
    counts,
    analytics: { questionId: question, margin: counts.yea - counts.nay, participation: rates },
    participation: { questionId: question, ...rates },
    ofMember: {
      memberId,
      entitled: own === undefined ? 0 : 1,
      voted: ownVoted,
      participation: ownVoted,
    },
    ofCommunity: { communityId: LEGISLATURE, ...rates },
    position: own,
  };
}

/** The decayed score now of votes that were cast at these times. */
function score(castAt: readonly (string | Date)[]): number {
  const ages = castAt.map((time) => Date.now() - new Date(time).getTime());
  return ages.reduce((sum, age) => sum + 2 ** (-age / TRENDING_HALF_LIFE_MS), 0);
}

/** A score fades while it travels, by less than this share of it in a minute. */
const FADED = 1e-3;

function expectScore({ score: reported }: Score, castAt: readonly (string | Date)[]): void {
  const now = score(castAt);
  expect(reported).toBeGreaterThanOrEqual(now * (1 - 1e-9));
  expect(reported).toBeLessThanOrEqual(now * (1 + FADED));
}

// Senators: Sessions and Shelby (R, Alabama), Murkowski (R, Alaska), Lincoln (D, Arkansas).
const [SESSIONS, SHELBY, MURKOWSKI, LINCOLN] = [2, 3, 4, 9] as const;

describe('Everything that follows from votes', () => {
  it('is there on both instances as soon as a vote is acknowledged, whatever they had before', async () => {
    const steps: readonly [app: 'one' | 'other', member: number, position: Position][] = [
      ['one', SESSIONS, 'yea'],
      ['other', SHELBY, 'nay'],
      ['one', SHELBY, 'yea'],
      ['other', MURKOWSKI, 'notVoting'],
      ['one', MURKOWSKI, 'nay'],
      ['other', SESSIONS, 'nay'],
    ];
    const votes: Record<number, Position> = {};
    for (const [name, member, position] of steps) {
      // both have the old values: Redis does, and so would a memory
      for (const app of [one, other])
        expect(await everything(app, 5, member)).toMatchObject(expected(5, member, votes));
      await cast(name === 'one' ? one : other, 5, member, position);
      votes[member] = position;
      for (const app of [one, other])
        expect(await everything(app, 5, member)).toMatchObject(expected(5, member, votes));
    }
  });

  it('is there on an instance that hears of it late', async () => {
    const answers = paths(5, SESSIONS);
    await cast(one, 5, SESSIONS, 'nay');
    for (const app of [one, other]) await everything(app, 5, SESSIONS);
    // news of an invalidation takes as long as the answer to a question: what memory answered before either would be old
    line.delay(50, 'replies');
    try {
      for (const [i, path] of answers.entries()) {
        const votes = [
          { memberId: SESSIONS, position: i % 2 === 0 ? 'yea' : 'nay' },
          { memberId: SHELBY + i, position: 'yea' },
        ];
        expect((await put(one.url, '/questions/5/roll-call', { votes })).status).toBe(200);
        const late = await get<object>(other.url, path);
        expect(comparable(late)).toEqual(comparable(await get<object>(one.url, path)));
        // what a memory could answer the next time
        await get(other.url, answers[i + 1] ?? path);
      }
    } finally {
      line.heal();
    }
  });

  it('is counted in the database once, whatever is voted afterwards', async () => {
    await cast(one, 5, SESSIONS, 'yea');
    const readAll = async () => {
      const before = await figures(one, other);
      for (const { url } of [one, other, one]) for (const path of paths(5, SESSIONS)) await get(url, path);
      const after = await figures(one, other);
      return { loads: after.loads - before.loads, redisHits: after.redisHits - before.redisHits };
    };
    // the question's tally, the member's, the community's and the trend; the vote itself was written through
    expect(await readAll()).toEqual({ loads: 4, redisHits: 3 * 8 - 4 });
    await cast(other, 5, SHELBY, 'nay');
    await cast(one, 6, SHELBY, 'nay');
    expect(await readAll()).toEqual({ loads: 0, redisHits: 3 * 8 });
    await cast(other, 5, SESSIONS, 'nay');
    expect(await readAll()).toEqual({ loads: 0, redisHits: 3 * 8 });
    expect((await everything(one, 5, SESSIONS)).ofCommunity).toMatchObject({ entitled: 3, voted: 3 });
  });
});

/** An answer without what time alone changes in it: votes of this minute weigh 1. */
function comparable(answer: object) {
  if (!Array.isArray(answer)) return answer;
  return (answer as Score[]).map(({ questionId, score: faded }) => ({
    questionId,
    score: Math.round(faded),
  }));
}

async function figures(...apps: RunningApp[]) {
  const all = await Promise.all(apps.map(({ url }) => get<CacheStats>(url, '/cache/stats')));
  const sum = (name: 'loads' | 'redisHits') =>
    all.reduce((total, { instance }) => total + instance.values[name], 0);
  return { loads: sum('loads'), redisHits: sum('redisHits') };
}

/** How often the votes on questions were counted in the database. */
async function countsOfDatabase(...apps: RunningApp[]): Promise<number> {
  const all = await Promise.all(apps.map(({ url }) => get<CacheStats>(url, '/cache/stats')));
  return all.reduce((sum, { instance }) => sum + (instance.regions['voting.tally']?.loads ?? 0), 0);
}

describe('A vote', () => {
  it('that is cast twice counts once, from when it was first cast', async () => {
    const first = await cast(one, 5, SESSIONS, 'yea');
    expect(first).toMatchObject({ position: 'yea', previous: null, changed: true });
    const again = await cast(other, 5, SESSIONS, 'yea');
    expect(again).toEqual({ ...first, previous: 'yea', changed: false });
    expect(await everything(one, 5, SESSIONS)).toMatchObject(expected(5, SESSIONS, { [SESSIONS]: 'yea' }));
  });

  it('that is changed counts once, as what it is now, from when it was first cast', async () => {
    const { castAt } = await cast(one, 5, SESSIONS, 'yea');
    expect(await cast(other, 5, SESSIONS, 'nay')).toMatchObject({ castAt, previous: 'yea', changed: true });
    const { trending, ...rest } = await everything(one, 5, SESSIONS);
    expect(rest).toMatchObject(expected(5, SESSIONS, { [SESSIONS]: 'nay' }));
    expect(trending).toEqual([{ questionId: 5, score: expect.any(Number) }]);
    expectScore(trending[0]!, [castAt]);
  });

  it('that is sent through both instances at the same time counts once', async () => {
    const all = await Promise.all(
      [one, other, one, other].map((app, i) => cast(app, 5, SESSIONS, i % 2 === 0 ? 'yea' : 'nay')),
    );
    expect(all.filter(({ previous }) => previous === null)).toHaveLength(1);
    expect(new Set(all.map(({ castAt }) => castAt)).size).toBe(1);
    const { counts, trending } = await everything(other, 5, SESSIONS);
    expect(counts.yea + counts.nay).toBe(1);
    expect(trending).toHaveLength(1);
    expectScore(trending[0]!, [all[0]!.castAt]);
  });

  it('of somebody who is no member of the community is kept and not counted', async () => {
    const president = 1;
    await cast(one, 5, president, 'yea');
    expect((await get<Vote>(other.url, `/questions/5/votes/${president}`)).position).toBe('yea');
    const { counts, trending, ofMember } = await everything(other, 5, president);
    expect(counts).toEqual({ questionId: 5, yea: 0, nay: 0, notVoting: 0 });
    expect(trending).toEqual([]);
    expect(ofMember).toEqual({ memberId: president, entitled: 0, voted: 0, participation: 0 });
  });

  it.each([
    [{ memberId: SESSIONS, position: 'perhaps' }, 400],
    [{ memberId: SESSIONS, position: 'yea', castAt: '2005-01-01T00:00:00.000Z' }, 400],
    [{ memberId: 999_999, position: 'yea' }, 404],
  ])('that is none is refused, and has nothing counted anew: %j', async (body, status) => {
    await get<Totals>(other.url, '/questions/5/counts');
    const counted = await countsOfDatabase(one, other);
    expect((await put(one.url, '/questions/5/votes', body)).status).toBe(status);
    expect((await put(one.url, '/questions/5/roll-call', { votes: [body] })).status).toBe(status);
    expect((await put(one.url, '/questions/9999/votes', body)).status).toBeGreaterThanOrEqual(400);
    expect((await get<Totals>(other.url, '/questions/5/counts')).yea).toBe(0);
    expect(await countsOfDatabase(one, other)).toBe(counted);
  });
});

describe('Votes of many members at once on one question', () => {
  it('are each seen by the other instance once acknowledged, and all counted once', async () => {
    const members = Array.from({ length: 60 }, (_, i) => SESSIONS + i);
    let sent = 0;
    let acknowledged = 0;
    const position = (member: number): Position => (member % 3 === 0 ? 'nay' : 'yea');
    const vote = async (member: number) => {
      const [mine, theirs] = member % 2 === 0 ? [one, other] : [other, one];
      sent += 1;
      await cast(mine, 9, member, position(member));
      acknowledged += 1;
      const atLeast = acknowledged;
      expect((await get<Vote>(theirs.url, `/questions/9/votes/${member}`)).position).toBe(position(member));
      const { yea, nay } = await get<Totals>(theirs.url, '/questions/9/counts');
      expect(yea + nay).toBeGreaterThanOrEqual(atLeast);
      expect(yea + nay).toBeLessThanOrEqual(sent);
      // a client that does not know whether it got through
      await cast(theirs, 9, member, position(member));
    };
    const queue = [...members];
    const client = async () => {
      for (let member = queue.shift(); member !== undefined; member = queue.shift()) await vote(member);
    };
    await Promise.all(Array.from({ length: 8 }, client));
    const votes = Object.fromEntries(members.map((member) => [member, position(member)]));
    for (const app of [one, other])
      expect(await everything(app, 9, SESSIONS)).toMatchObject(expected(9, SESSIONS, votes));
  });
});

describe('A roll call', () => {
  it('is counted as a whole on both instances once it is acknowledged', async () => {
    await cast(one, 5, SESSIONS, 'yea');
    for (const app of [one, other]) await everything(app, 5, SESSIONS);
    const votes = { [SESSIONS]: 'nay', [SHELBY]: 'nay', [MURKOWSKI]: 'yea' } as const;
    const sent = [MURKOWSKI, SESSIONS, SHELBY].map((memberId) => ({ memberId, position: votes[memberId] }));
    const response = await put(other.url, '/questions/5/roll-call', { votes: sent });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { memberId: SESSIONS, position: 'nay', previous: 'yea', changed: true },
      { memberId: SHELBY, previous: null },
      { memberId: MURKOWSKI, previous: null },
    ]);
    for (const app of [one, other])
      for (const memberId of [SESSIONS, SHELBY, MURKOWSKI])
        expect(await everything(app, 5, memberId)).toMatchObject(expected(5, memberId, votes));
  });

  it('with a member that does not exist changes nothing', async () => {
    await cast(one, 5, SESSIONS, 'yea');
    const votes = [
      { memberId: SESSIONS, position: 'nay' },
      { memberId: 999_999, position: 'yea' },
    ];
    expect((await put(one.url, '/questions/5/roll-call', { votes })).status).toBe(404);
    for (const app of [one, other])
      expect(await everything(app, 5, SESSIONS)).toMatchObject(expected(5, SESSIONS, { [SESSIONS]: 'yea' }));
  });

  it('in which a member stands twice counts the last', async () => {
    const votes = [
      { memberId: SESSIONS, position: 'yea' },
      { memberId: SESSIONS, position: 'nay' },
    ];
    expect((await put(one.url, '/questions/5/roll-call', { votes })).status).toBe(200);
    expect(await everything(other, 5, SESSIONS)).toMatchObject(expected(5, SESSIONS, { [SESSIONS]: 'nay' }));
  });
});

describe('Analytics', () => {
  it('tell parties and states apart, the margin, and how each party split', async () => {
    await cast(one, 5, SESSIONS, 'yea');
    await cast(one, 5, SHELBY, 'yea');
    await cast(one, 5, MURKOWSKI, 'nay');
    await cast(one, 5, LINCOLN, 'notVoting');
    const { margin, parties, states } = await get<QuestionAnalytics>(other.url, '/questions/5/analytics');
    expect(margin).toBe(1);
    expect(parties.map(({ party }) => party)).toEqual(['D', 'R']);
    expect(parties[1]).toEqual({
      party: 'R',
      yea: 2,
      nay: 1,
      notVoting: 0,
      majority: 'yea',
      unity: 2 / 3,
    });
    expect(parties[0]).toMatchObject({ yea: 0, nay: 0, notVoting: 1, majority: null, unity: 0 });
    expect(states).toEqual([
      { state: 'AK', yea: 0, nay: 1, notVoting: 0 },
      { state: 'AL', yea: 2, nay: 0, notVoting: 0 },
      { state: 'AR', yea: 0, nay: 0, notVoting: 1 },
    ]);
  });
});

describe('Trending questions', () => {
  const trendingOf = (limit?: number) =>
    get<Score[]>(
      other.url,
      `/communities/${LEGISLATURE}/trending${limit === undefined ? '' : `?limit=${limit}`}`,
    );
  const backdate = (question: number, ms: number) =>
    database.db
      .updateTable('votes')
      .set({ cast_at: new Date(Date.now() - ms) })
      .where('question_id', '=', question)
      .execute();

  it('are those with the highest sum of decayed votes', async () => {
    const DAY = 86_400_000;
    for (const member of [SESSIONS, SHELBY, MURKOWSKI]) await cast(one, 6, member, 'yea');
    await backdate(6, 2 * DAY);
    await cast(one, 7, SESSIONS, 'yea');
    await cast(one, 8, SESSIONS, 'yea');
    await backdate(8, 30 * 365 * DAY);
    await cast(one, 8, SESSIONS, 'nay');
    const trending = await trendingOf();
    expect(trending.map(({ questionId }) => questionId)).toEqual([7, 6, 8]);
    const rows = await database.db.selectFrom('votes').select(['question_id', 'cast_at']).execute();
    for (const trend of trending) {
      const votes = rows.filter((row) => row.question_id === trend.questionId);
      expectScore(
        trend,
        votes.map(({ cast_at }) => cast_at),
      );
    }
    expect(trending.at(-1)?.score).toBe(0);
  });

  it('weigh votes of long ago and of now together', async () => {
    await cast(one, 6, SESSIONS, 'yea');
    await backdate(6, 30 * 365 * 86_400_000);
    const { castAt } = await cast(one, 6, SHELBY, 'yea');
    const trending = await trendingOf();
    expect(trending).toEqual([{ questionId: 6, score: expect.any(Number) }]);
    expectScore(trending[0]!, [castAt]);
  });

  it('are as many as are asked for, ten unless told otherwise', async () => {
    for (let question = 10; question < 22; question++) await cast(one, question, SESSIONS, 'yea');
    expect(await trendingOf()).toHaveLength(10);
    expect(await trendingOf(3)).toHaveLength(3);
    expect(await trendingOf(100)).toHaveLength(12);
    for (const limit of [0, 101, 1.5, 'many'])
      expect((await fetch(`${one.url}/communities/${LEGISLATURE}/trending?limit=${limit}`)).status).toBe(400);
  });
});

describe('Questions', () => {
  it('are loaded once for all instances, and a list of them in whatever order it is described', async () => {
    const before = await figures(one, other);
    const question = await get<Question>(one.url, '/questions/5');
    expect(question).toMatchObject({ id: 5, communityId: LEGISLATURE, date: expect.any(String) });
    expect(await get<Question>(other.url, '/questions/5')).toEqual(question);
    const page = await get<QuestionPage>(one.url, '/questions?session=1&result=Confirmed');
    expect(page).toMatchObject({ page: 1, pageSize: 20 });
    expect(page.items.every(({ session, result }) => session === 1 && result === 'Confirmed')).toBe(true);
    for (const path of [
      '/questions?result=Confirmed&session=1',
      '/questions?page=1&result=Confirmed&session=1',
    ])
      for (const app of [one, other]) expect(await get<QuestionPage>(app.url, path)).toEqual(page);
    expect((await figures(one, other)).loads - before.loads).toBe(2);
  });
});

describe('What does not exist', () => {
  it.each([
    '/questions/9999/results',
    '/questions/9999/counts',
    '/questions/9999/analytics',
    '/questions/9999/participation',
    '/questions/9999/votes/2',
    '/communities/nowhere/participation',
    '/communities/nowhere/trending',
    '/members/999999/participation',
  ])('is answered with 404: %s', async (path) => {
    expect((await fetch(one.url + path)).status).toBe(404);
  });
});

describe('The OpenAPI document', () => {
  it('describes what each route of a voting takes and answers', () => {
    const { paths: routes, components } = SwaggerModule.createDocument(
      one.app,
      new DocumentBuilder().build(),
    );
    const schemaOf = (path: string, method: 'get' | 'put') =>
      JSON.stringify(routes[path]?.[method]?.responses['200']).match(/schemas\/(\w+)/)?.[1];
    expect(schemaOf('/questions', 'get')).toBe('QuestionPageDto');
    expect(schemaOf('/questions/{id}', 'get')).toBe('QuestionDto');
    expect(schemaOf('/questions/{questionId}/results', 'get')).toBe('QuestionResultsDto');
    expect(schemaOf('/questions/{questionId}/counts', 'get')).toBe('QuestionCountsDto');
    expect(schemaOf('/questions/{questionId}/analytics', 'get')).toBe('QuestionAnalyticsDto');
    expect(schemaOf('/questions/{questionId}/participation', 'get')).toBe('QuestionParticipationDto');
    expect(schemaOf('/questions/{questionId}/votes/{memberId}', 'get')).toBe('VoteDto');
    expect(schemaOf('/questions/{questionId}/votes', 'put')).toBe('CastAnswerDto');
    expect(schemaOf('/questions/{questionId}/roll-call', 'put')).toBe('CastAnswerDto');
    expect(schemaOf('/communities/{id}/participation', 'get')).toBe('CommunityParticipationDto');
    expect(schemaOf('/communities/{id}/trending', 'get')).toBe('ScoreDto');
    expect(schemaOf('/members/{id}/participation', 'get')).toBe('MemberParticipationDto');
    const { CastVoteDto, CastAnswerDto } = components?.schemas ?? {};
    expect(CastVoteDto).toMatchObject({ required: ['memberId', 'position'] });
    expect(CastAnswerDto).toMatchObject({
      required: expect.arrayContaining([
        'questionId',
        'memberId',
        'position',
        'castAt',
        'previous',
        'changed',
      ]),
      properties: { previous: { nullable: true, enum: ['yea', 'nay', 'notVoting', null] } },
    });
  });
});

describe('A process that is killed after the database has committed a vote and before it has told anybody', () => {
  const single = { path: '/questions/5/votes', body: { memberId: SESSIONS, position: 'yea' } };
  const rollCall = { path: '/questions/5/roll-call', body: { votes: [single.body] } };
  const row = () =>
    database.db.selectFrom('votes').where('member_id', '=', SESSIONS).select('cast_at').executeTakeFirst();

  /** Sends a request to a process that dies when the database has committed it. */
  async function killedAmid({ path, body }: { path: string; body: unknown }): Promise<void> {
    const url = new URL(database.url);
    const proxy = await FaultyProxy.start(Number(url.port));
    url.port = String(proxy.port);
    const victim = spawnWorker<AppMethods>('application/app.worker.ts');
    try {
      const victimUrl = await victim.call('start', options(url.href, redis.url));
      await isConnected(victimUrl);
      // it knows the question, so that the next thing it asks of the database is to keep the vote
      await get(victimUrl, '/questions/5');
      await everything({ url: victimUrl }, 5, SESSIONS);
      proxy.swallow('replies');
      const gone = put(victimUrl, path, body).then(
        () => false,
        () => true,
      );
      await until(async () => (await row()) !== undefined, 'the vote is committed');
      victim.kill();
      expect(await gone).toBe(true);
    } finally {
      await victim.stop();
      await proxy.close();
    }
  }

  it.each([
    ['as it was', single, single],
    ['in a roll call', single, rollCall],
  ])('leaves nothing behind that counts wrongly when the vote is sent again %s', async (_, first, again) => {
    await cast(one, 5, SHELBY, 'nay');
    for (const app of [one, other])
      expect(await everything(app, 5, SESSIONS)).toMatchObject(expected(5, SESSIONS, { [SHELBY]: 'nay' }));
    await killedAmid(first);
    // nobody was told of the vote, so that it may be counted by now or not; the vote itself is there
    for (const app of [one, other]) {
      const { counts, position } = await everything(app, 5, SESSIONS);
      expect(counts.nay).toBe(1);
      expect([0, 1]).toContain(counts.yea);
      expect(position).toBe('yea');
    }
    const castAt = (await row())?.cast_at.toISOString();
    const response = await put(other.url, again.path, again.body);
    expect(response.status).toBe(200);
    const [answer] = [await response.json()].flat() as CastAnswer[];
    expect(answer).toMatchObject({ previous: 'yea', changed: false, castAt });
    const rows = await database.db.selectFrom('votes').select('cast_at').execute();
    for (const app of [one, other]) {
      const { trending, ...rest } = await everything(app, 5, SESSIONS);
      expect(rest).toMatchObject(expected(5, SESSIONS, { [SESSIONS]: 'yea', [SHELBY]: 'nay' }));
      expect(trending).toEqual([{ questionId: 5, score: expect.any(Number) }]);
      expectScore(
        trending[0]!,
        rows.map(({ cast_at }) => cast_at),
      );
    }
  });
});
