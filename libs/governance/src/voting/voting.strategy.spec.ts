import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Cacheable } from 'nuthatch';
import { CacheTestingModule, MemoryStore } from 'nuthatch/testing';
import { voting } from './voting.regions.js';
import { VotingStrategy } from './voting.strategy.js';
import type { Ballot } from './voting.types.js';

const BALLOT: Ballot = { questionId: 7, communityId: 'senate', memberId: 2 };
const running: TestingModule[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** One process of a fleet; processes with the same store share their entries. */
async function boot(store?: MemoryStore, ttl?: Record<string, string>) {
  const app = await Test.createTestingModule({
    imports: [
      CacheTestingModule.forRoot({
        store,
        strategies: [{ use: VotingStrategy, ttl: ttl as Record<string, never> }],
      }),
    ],
    providers: [Counts],
  }).compile();
  await app.init();
  running.push(app);
  const strategy = app.get(VotingStrategy);
  return { strategy, counts: app.get(Counts), reads: readsOf(strategy), store: app.get(MemoryStore) };
}

/** Loads what it is told, like a service of an application. */
@Injectable()
class Counts {
  yea = 0;
  loads = 0;

  @Cacheable(voting.results)
  async ofQuestion(questionId: number) {
    this.loads += 1;
    return { questionId, yea: this.yea, nay: 0, notVoting: 0, participation: 1, parties: [] };
  }
}

const ANY = {} as never;

/** A read of each entry that follows from the ballot's vote: it loads unless something is there. */
function readsOf({
  vote,
  results,
  analytics,
  memberParticipation,
  communityParticipation,
  trending,
}: VotingStrategy) {
  const { questionId, memberId, communityId } = BALLOT;
  return {
    vote: (load: () => never) => vote.getOrSet([questionId, memberId], load),
    results: (load: () => never) => results.getOrSet([questionId], load),
    analytics: (load: () => never) => analytics.getOrSet([questionId], load),
    memberParticipation: (load: () => never) => memberParticipation.getOrSet([memberId], load),
    communityParticipation: (load: () => never) => communityParticipation.getOrSet([communityId], load),
    trending: (load: () => never) => trending.getOrSet([communityId], load),
  };
}

const FOLLOWERS = Object.keys(voting).filter((name) => !name.startsWith('question')) as (keyof ReturnType<
  typeof readsOf
>)[];

describe('A vote that is cast', () => {
  it.each(FOLLOWERS)('leaves nothing of what was before in %s, of whatever process', async (name) => {
    const one = await boot();
    const other = await boot(one.store);
    let loads = 0;
    const load = () => {
      loads += 1;
      return { loads } as never;
    };
    for (const { reads } of [one, other, one]) await reads[name](load);
    expect(loads).toBe(1);
    await one.strategy.cast(BALLOT, async () => {
      // what is read now may be from before the write, and is kept by nobody
      await other.reads[name](load);
      await other.reads[name](load);
    });
    expect(loads).toBe(3);
    for (const { reads } of [other, one, other]) await reads[name](load);
    expect(loads).toBe(4);
  });

  it('gives what the database gave, or throws what it threw, and evicts all the same', async () => {
    const { strategy } = await boot();
    const fill = () => strategy.results.set([7], ANY);
    await fill();
    await expect(strategy.cast(BALLOT, () => Promise.resolve('kept'))).resolves.toBe('kept');
    await expect(strategy.results.has(7)).resolves.toBe(false);
    await fill();
    await expect(strategy.cast(BALLOT, () => Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
    await expect(strategy.results.has(7)).resolves.toBe(false);
  });

  it('leaves other questions, members and communities alone', async () => {
    const { strategy } = await boot();
    await strategy.vote.set([7, 3], ANY);
    await strategy.results.set([8], ANY);
    await strategy.memberParticipation.set([3], ANY);
    await strategy.trending.set(['house'], ANY);
    await strategy.question.set([7], ANY);
    await strategy.cast(BALLOT, () => Promise.resolve());
    await expect(strategy.vote.has(7, 3)).resolves.toBe(true);
    await expect(strategy.results.has(8)).resolves.toBe(true);
    await expect(strategy.memberParticipation.has(3)).resolves.toBe(true);
    await expect(strategy.trending.has('house')).resolves.toBe(true);
    await expect(strategy.question.has(7)).resolves.toBe(true);
  });
});

describe('Several votes that are cast together', () => {
  it('are written once, with every question and member barred', async () => {
    const { strategy } = await boot();
    const ballots = [BALLOT, { ...BALLOT, memberId: 3 }, { ...BALLOT, questionId: 8, memberId: 3 }];
    for (const { questionId, memberId } of ballots) {
      await strategy.vote.set([questionId, memberId], ANY);
      await strategy.results.set([questionId], ANY);
      await strategy.memberParticipation.set([memberId], ANY);
    }
    let writes = 0;
    await strategy.castAll(ballots, async () => {
      writes += 1;
      for (const { questionId, memberId } of ballots) {
        await expect(strategy.vote.has(questionId, memberId)).resolves.toBe(false);
        await expect(strategy.results.has(questionId)).resolves.toBe(false);
        await expect(strategy.memberParticipation.has(memberId)).resolves.toBe(false);
      }
    });
    expect(writes).toBe(1);
  });

  it('may be none', async () => {
    const { strategy } = await boot();
    await expect(strategy.castAll([], () => Promise.resolve('written'))).resolves.toBe('written');
  });
});

describe('A decorated method of an application', () => {
  it('counts anew after each vote, and once for all who ask', async () => {
    const { strategy, counts } = await boot();
    for (let yea = 0; yea < 3; yea++) {
      expect(await counts.ofQuestion(7)).toMatchObject({ yea });
      expect(await counts.ofQuestion(7)).toMatchObject({ yea });
      await strategy.cast(BALLOT, async () => void counts.yea++);
    }
    expect(counts.loads).toBe(3);
  });
});

describe('A question that has changed', () => {
  it('is forgotten with every list of questions', async () => {
    const { strategy } = await boot();
    const { question, questionList, results } = strategy;
    for (const id of [7, 8]) await question.set([id], ANY);
    await questionList.set([{ page: 1 }], ANY);
    await results.set([7], ANY);
    await expect(strategy.questionChanged(7)).resolves.toBe('confirmed');
    await expect(question.has(7)).resolves.toBe(false);
    await expect(questionList.has({ page: 1 })).resolves.toBe(false);
    await expect(question.has(8)).resolves.toBe(true);
    await expect(results.has(7)).resolves.toBe(true);
  });
});

describe('The regions of a voting', () => {
  it('have lives that a deployment may change', async () => {
    const { strategy } = await boot(undefined, { results: '5s' });
    expect(strategy.ttls).toMatchObject({ results: 5_000, analytics: 600_000, question: 3_600_000 });
  });

  it('ask Redis for whatever follows from votes', () => {
    for (const name of FOLLOWERS) expect(voting[name].options.strict).toBe(true);
  });
});
