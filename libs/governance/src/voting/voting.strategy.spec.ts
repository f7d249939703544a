import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CacheTestingModule, FakeClock, MemoryStore } from 'nuthatch/testing';
import { TRENDING_HALF_LIFE_MS } from './voting.regions.js';
import { VotingStrategy } from './voting.strategy.js';
import type { Ballot, KeptVote, Position } from './voting.types.js';

const running: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** One process of a fleet; processes with the same database and store belong together. */
async function boot({ store, database = new Database() }: { store?: MemoryStore; database?: Database } = {}) {
  const app = await Test.createTestingModule({
    imports: [
      CacheTestingModule.forRoot({ store, strategies: [{ use: VotingStrategy, ttl: { vote: '5s' } }] }),
    ],
  }).compile();
  await app.init();
  running.push(app);
  const strategy = app.get(VotingStrategy);
  const clock = app.get(FakeClock);
  const ballot = (memberId: number, questionId = 7): Ballot => ({
    questionId,
    communityId: 'senate',
    memberId,
  });
  return {
    strategy,
    clock,
    database,
    store: app.get(MemoryStore),
    cast: (memberId: number, position: Position, questionId = 7) =>
      strategy.cast(ballot(memberId, questionId), async () => database.keep(questionId, memberId, position)),
    castAll: (memberIds: readonly number[], position: Position) =>
      strategy.castAll(
        memberIds.map((id) => ballot(id)),
        async () => memberIds.map((id) => database.keep(7, id, position)),
      ),
    read: () => readAll(strategy, database),
  };
}

/** Everything that counts the votes on question 7 and of member 2. */
async function readAll(strategy: VotingStrategy, database: Database) {
  const [tallies, member, community, trending] = await Promise.all([
    strategy.talliesOf(7, async () => database.tallies(7)),
    strategy.totalsOfMember(2, async () => database.totals((vote) => vote.memberId === 2)),
    strategy.totalsOfCommunity('senate', async () => database.totals(() => true)),
    strategy.trendingOf('senate', 10, async () => database.contributions()),
  ]);
  return { tallies, member, community, trending };
}

const NONE = { yea: 0, nay: 0, notVoting: 0 };

/** Votes by question and member; whoever has an odd number is of the party A. */
class Database {
  readonly votes = new Map<string, KeptVote>();
  counted = 0;
  now = 0;

  keep(questionId: number, memberId: number, position: Position): KeptVote {
    const before = this.votes.get(`${questionId} ${memberId}`);
    const castAt = before?.castAt ?? new Date(this.now).toISOString();
    const party = memberId % 2 === 1 ? 'A' : 'B';
    const voter = { questionId, memberId, party, state: 'AL', counted: memberId < 100 };
    const vote = { ...voter, castAt, position, previous: before?.position ?? null };
    this.votes.set(`${questionId} ${memberId}`, vote);
    return vote;
  }

  tallies(questionId: number) {
    return ['A', 'B'].map((party) => ({
      party,
      state: 'AL',
      ...this.totals((vote) => vote.questionId === questionId && vote.party === party),
    }));
  }

  totals(matches: (vote: KeptVote) => boolean) {
    this.counted += 1;
    const totals = { ...NONE };
    for (const vote of this.votes.values()) if (vote.counted && matches(vote)) totals[vote.position] += 1;
    return totals;
  }

  contributions() {
    this.counted += 1;
    const counted = [...this.votes.values()].filter((vote) => vote.counted);
    return counted.map(({ questionId, castAt }) => ({ member: String(questionId), at: new Date(castAt) }));
  }
}

describe('A vote that is cast', () => {
  it('is counted wherever it counts, in every process, and nothing is counted anew for it', async () => {
    const one = await boot();
    const other = await boot(one);
    expect(await one.read()).toEqual({ tallies: [], member: NONE, community: NONE, trending: [] });
    const { counted } = one.database;
    await one.cast(2, 'yea');
    await other.cast(3, 'nay');
    await other.cast(2, 'nay', 8);
    for (const process of [one, other]) {
      const { tallies, member, community, trending } = await process.read();
      expect(tallies).toContainEqual({ party: 'B', state: 'AL', yea: 1, nay: 0, notVoting: 0 });
      expect(tallies).toContainEqual({ party: 'A', state: 'AL', yea: 0, nay: 1, notVoting: 0 });
      expect(member).toEqual({ yea: 1, nay: 1, notVoting: 0 });
      expect(community).toEqual({ yea: 1, nay: 2, notVoting: 0 });
      expect(trending.map(({ questionId }) => questionId)).toEqual([7, 8]);
    }
    expect(one.database.counted).toBe(counted);
  });

  it('counts as what it is now when it was changed, and once when it is cast again', async () => {
    const { cast, read, database } = await boot();
    await read();
    const { counted } = database;
    await cast(2, 'yea');
    const before = await read();
    await cast(2, 'yea');
    expect(await read()).toEqual(before);
    await cast(2, 'nay');
    const after = await read();
    expect(after).toMatchObject({ member: { yea: 0, nay: 1 }, community: { yea: 0, nay: 1 } });
    expect(after.tallies).toEqual([{ party: 'B', state: 'AL', yea: 0, nay: 1, notVoting: 0 }]);
    expect(after.trending).toEqual(before.trending);
    expect(database.counted).toBe(counted);
  });

  it('changes nothing when it does not count', async () => {
    const { cast, read } = await boot();
    const before = await read();
    await cast(100, 'yea');
    expect(await read()).toEqual(before);
  });

  it('is in what is counted in the database afterwards', async () => {
    const { cast, read } = await boot();
    await cast(2, 'yea');
    expect(await read()).toMatchObject({ member: { yea: 1 }, community: { yea: 1 } });
  });

  it('has whatever counts it counted anew when the database refused it, for nobody knows', async () => {
    const { strategy, read, database } = await boot();
    await read();
    const { counted } = database;
    const refused = strategy.cast({ questionId: 7, communityId: 'senate', memberId: 2 }, () =>
      Promise.reject(new Error('refused')),
    );
    await expect(refused).rejects.toThrow('refused');
    await read();
    expect(database.counted - counted).toBe(5);
  });

  it('evicts what was read of it before, in every process', async () => {
    const one = await boot();
    const other = await boot(one);
    const read = (strategy: VotingStrategy) =>
      strategy.vote.getOrSet([7, 2], () => one.database.votes.get('7 2')!);
    await one.cast(2, 'yea');
    for (const { strategy } of [one, other]) expect(await read(strategy)).toMatchObject({ position: 'yea' });
    await one.cast(2, 'nay');
    for (const { strategy } of [other, one]) expect(await read(strategy)).toMatchObject({ position: 'nay' });
  });
});

describe('Votes that are cast together', () => {
  it('are all counted, in every process', async () => {
    const one = await boot();
    const other = await boot(one);
    await one.cast(2, 'yea');
    await one.read();
    await other.castAll([2, 3, 4], 'nay');
    for (const process of [one, other])
      expect(await process.read()).toMatchObject({
        member: { yea: 0, nay: 1 },
        community: { yea: 0, nay: 3 },
      });
  });

  it('may be none', async () => {
    const { castAll } = await boot();
    await expect(castAll([], 'yea')).resolves.toEqual([]);
  });
});

/** Lets time pass until something is done: whoever counts waits a while for a change that is under way. */
async function patiently<T>(clock: FakeClock, done: Promise<T>): Promise<T> {
  let settled = false;
  const end = () => (settled = true);
  done.then(end, end);
  while (!settled) await clock.advance(20);
  return done;
}

async function written(database: Database): Promise<void> {
  while (!database.votes.has('7 2')) await setImmediate();
}

/** Work that has reached the database in a process of which nothing is heard any more. */
function silently(work: () => void): () => Promise<never> {
  return () => {
    work();
    return new Promise(() => undefined);
  };
}

describe('A vote whose process dies after the database has it', () => {
  const BALLOT = { questionId: 7, communityId: 'senate', memberId: 2 };
  const start = async () => {
    const dying = await boot();
    const other = await boot(dying);
    await other.cast(3, 'nay');
    await other.read();
    return { dying, other, database: dying.database };
  };
  const both = { community: { yea: 1, nay: 1, notVoting: 0 }, member: { yea: 1, nay: 0, notVoting: 0 } };

  it('counts once when it is sent again', async () => {
    const { dying, other, database } = await start();
    void dying.strategy.cast(
      BALLOT,
      silently(() => database.keep(7, 2, 'yea')),
    );
    await written(database);
    await patiently(other.clock, other.cast(2, 'yea'));
    expect(await patiently(other.clock, other.read())).toMatchObject(both);
  });

  it('counts once when it is sent again among others', async () => {
    const { dying, other, database } = await start();
    void dying.strategy.cast(
      BALLOT,
      silently(() => database.keep(7, 2, 'yea')),
    );
    await written(database);
    await patiently(other.clock, other.castAll([2], 'yea'));
    expect(await patiently(other.clock, other.read())).toMatchObject(both);
  });

  it('counts once when it was among others and is sent again alone', async () => {
    const { dying, other, database } = await start();
    void dying.strategy.castAll(
      [BALLOT],
      silently(() => database.keep(7, 2, 'yea')),
    );
    await written(database);
    await patiently(other.clock, other.cast(2, 'yea'));
    expect(await patiently(other.clock, other.read())).toMatchObject(both);
  });
});

describe('Trending questions', () => {
  it('fade with a half-life of a day', async () => {
    const { cast, strategy, clock, database } = await boot();
    const scores = () => strategy.trendingOf('senate', 10, async () => database.contributions());
    database.now = clock.wall();
    await cast(2, 'yea');
    await scores();
    await cast(3, 'yea');
    expect((await scores())[0]?.score).toBeCloseTo(2, 9);
    await clock.advance(TRENDING_HALF_LIFE_MS);
    database.now = clock.wall();
    await cast(2, 'yea', 8);
    await cast(4, 'yea');
    expect(await scores()).toEqual([
      { questionId: 7, score: expect.closeTo(2, 9) },
      { questionId: 8, score: expect.closeTo(1, 9) },
    ]);
    expect(await strategy.trendingOf('senate', 1, async () => database.contributions())).toHaveLength(1);
  });
});

describe('Votes that were repaired past the strategy', () => {
  it('are forgotten, and counted anew wherever they count', async () => {
    const { strategy, database, read, cast } = await boot();
    await cast(2, 'yea');
    await strategy.vote.set([7, 2], { position: 'yea' } as never);
    await read();
    database.keep(7, 2, 'nay');
    expect((await read()).member).toEqual({ ...NONE, yea: 1 });
    await expect(strategy.forget([{ questionId: 7, communityId: 'senate', memberId: 2 }])).resolves.toBe(
      'confirmed',
    );
    await expect(strategy.vote.has(7, 2)).resolves.toBe(false);
    const { tallies, member, community } = await read();
    expect(tallies.find(({ party }) => party === 'B')).toMatchObject({ yea: 0, nay: 1 });
    expect([member, community]).toEqual([
      { ...NONE, nay: 1 },
      { ...NONE, nay: 1 },
    ]);
  });
});

describe('A question that has changed', () => {
  it('is forgotten with every list of questions', async () => {
    const { strategy } = await boot();
    const { question, questionList } = strategy;
    for (const id of [7, 8]) await question.set([id], { id, communityId: 'senate' } as never);
    await questionList.set([{ page: 1 }], {} as never);
    await expect(strategy.questionChanged(7)).resolves.toBe('confirmed');
    await expect(question.has(7)).resolves.toBe(false);
    await expect(questionList.has({ page: 1 })).resolves.toBe(false);
    await expect(question.has(8)).resolves.toBe(true);
  });
});

it('The lives of a voting are those of its table, unless a deployment says otherwise', async () => {
  const { strategy } = await boot();
  expect(strategy.ttls).toEqual({
    question: 3_600_000,
    questionList: 300_000,
    vote: 5_000,
    tally: 3_600_000,
    memberTally: 3_600_000,
    communityTally: 3_600_000,
    trending: 6 * 3_600_000,
  });
});
