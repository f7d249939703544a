import { describe, expect, it } from '@jest/globals';
import type { Position } from '@nuthatch/governance';
import { LEGISLATURE, loadRollCalls, officialTotals } from 'governance-api';
import { Random } from '../consistency/random.js';
import type { FleetAnswer } from '../support/fleet-http.js';
import { Checkpoint } from './checkpoint.js';
import { rankingDifferences } from './comparison.js';
import { Expectations } from './expectations.js';
import { Figures } from './figures.js';
import { Glances } from './glances.js';
import type { Instance } from './instances.js';
import { communitiesOf, membersOf } from './people.js';
import { PollBook } from './poll-book.js';
import { Polling } from './polling.js';
import { chooseQuestions, schedule } from './schedule.js';
import { scoreFaults, Surveys, turnoutFaults } from './surveys.js';

const rollCalls = loadRollCalls();
const people = membersOf(rollCalls);
const communities = communitiesOf(rollCalls);
const DAY = 24 * 60 * 60 * 1000;

interface Kept {
  readonly questionId: number;
  readonly memberId: number;
  position: Position;
  castAt: number;
  /** How often it was sent. */
  times: number;
}

/** An application that keeps votes in a list, counts them when asked, and has a fault if one is planted. */
class Simulated {
  readonly votes: Kept[] = [];

  cast = (questionId: number, memberId: number, position: Position): Kept => {
    const kept = this.find(questionId, memberId);
    if (kept !== undefined) {
      kept.times++;
      return Object.assign(kept, { position });
    }
    const vote = { questionId, memberId, position, castAt: Date.now() - questionId * 60_000, times: 1 };
    this.votes.push(vote);
    return vote;
  };

  find = (questionId: number, memberId: number) =>
    this.votes.find((vote) => vote.questionId === questionId && vote.memberId === memberId);

  totals = (votes: readonly Kept[]) => {
    const count = (position: Position) => votes.filter((vote) => vote.position === position).length;
    return { yea: count('yea'), nay: count('nay'), notVoting: count('notVoting') };
  };

  counts = (questionId: number) => this.totals(this.on(questionId));

  rates = (votes: readonly Kept[]) => {
    const { yea, nay } = this.totals(votes);
    const participation = votes.length === 0 ? 0 : (yea + nay) / votes.length;
    return { entitled: votes.length, voted: yea + nay, participation };
  };

  by = (kind: 'party' | 'state', questionId: number) => {
    const voters = people.filter(({ row }) => this.find(questionId, row) !== undefined);
    return [...new Set(voters.map((voter) => voter[kind]))].sort().map((name) => {
      const rows = voters.filter((voter) => voter[kind] === name).map(({ row }) => row);
      return {
        [kind]: name,
        ...this.totals(this.on(questionId).filter(({ memberId }) => rows.includes(memberId))),
      };
    });
  };

  results = (questionId: number) => ({
    questionId,
    ...this.counts(questionId),
    ...this.rates(this.on(questionId)),
    parties: this.by('party', questionId),
  });

  analytics = (questionId: number) => {
    const { yea, nay } = this.counts(questionId);
    const [parties, states] = [this.by('party', questionId), this.by('state', questionId)];
    return { questionId, margin: yea - nay, participation: this.rates(this.on(questionId)), parties, states };
  };

  weight = ({ castAt }: Kept, now: number): number => 2 ** ((castAt - now) / DAY);

  trending = () => {
    const now = Date.now();
    const scores = new Map<number, number>();
    for (const vote of this.votes)
      scores.set(vote.questionId, (scores.get(vote.questionId) ?? 0) + this.weight(vote, now));
    return [...scores]
      .map(([questionId, score]) => ({ questionId, score }))
      .sort((one, other) => other.score - one.score);
  };

  on = (questionId: number) => this.votes.filter((vote) => vote.questionId === questionId);

  get(path: string): FleetAnswer {
    const { pathname, searchParams } = new URL(path, 'http://simulated');
    const [, kind, id = '', what = '', member] = pathname.split('/');
    if (what === 'trending') return ok(this.trending().slice(0, Number(searchParams.get('limit'))));
    if (kind === 'questions') return this.#ofQuestion(Number(id), what, Number(member));
    if (kind === 'communities')
      return ok({ communityId: id, ...this.rates(id === LEGISLATURE ? this.votes : []) });
    const memberId = Number(id);
    return ok({ memberId, ...this.rates(this.votes.filter((vote) => vote.memberId === memberId)) });
  }

  #ofQuestion(questionId: number, what: string, member: number): FleetAnswer {
    if (what === 'votes') {
      const vote = this.find(questionId, member);
      return vote === undefined ? { status: 404, text: '{}' } : ok(told(vote));
    }
    if (what === 'analytics') return ok(this.analytics(questionId));
    if (what === 'results') return ok(this.results(questionId));
    if (what === 'counts') return ok({ questionId, ...this.counts(questionId) });
    return ok({ questionId, ...this.rates(this.on(questionId)) });
  }
}

function told({ castAt, ...vote }: Kept) {
  return { ...vote, castAt: new Date(castAt).toISOString() };
}

function ok(body: unknown): FleetAnswer {
  return { status: 200, text: JSON.stringify(body) };
}

/** Replays a few questions through two instances of the same simulated application. */
async function replayThrough(application: Simulated): Promise<Figures> {
  const random = new Random(7);
  const [book, figures] = [new PollBook(), new Figures()];
  const all = ['one', 'other'].map((name) => ({ name }) as Instance);
  const requests = {
    get: async (_: Instance, path: string) => application.get(path),
    put: async (_: Instance, path: string, body: unknown) => {
      const { memberId, position } = body as { memberId: number; position: Position };
      return ok(told(application.cast(Number(path.split('/')[2]), memberId, position)));
    },
  };
  const stage = { instances: { all }, requests, book, figures, random };
  const questions = chooseQuestions(rollCalls, 4, random);
  const checkpoint = new Checkpoint(stage, new Expectations(rollCalls, book));
  const sendings = schedule(rollCalls, questions, random);
  await new Polling(stage, new Glances(stage), new Surveys(stage)).send(sendings, () => undefined);
  const members = people.slice(0, 20).map(({ row }) => row);
  const announced = officialTotals(rollCalls);
  await checkpoint.ask({ questions, members, communities, voters: members.slice(0, 10), announced });
  return figures;
}

describe('what judges a replay', () => {
  it('finds nothing wrong with an application that counts as it should', async () => {
    const { wrong, examples, votes, looks, reads } = await replayThrough(new Simulated());
    expect(examples).toEqual([]);
    expect(wrong).toBe(0);
    expect(votes).toBeGreaterThan(400);
    expect(looks).toBeGreaterThan(250);
    expect(reads).toBeGreaterThan(200);
  });

  /** Lets something happen to the application after so many votes. */
  const after = (votes: number, happen: (application: Simulated) => void) => (application: Simulated) => {
    const { cast } = application;
    let left = votes;
    application.cast = (...vote) => {
      const kept = { ...cast(...vote) };
      if (--left === 0) happen(application);
      return kept;
    };
  };

  const planted: readonly [what: string, plant: (application: Simulated) => void, found: RegExp][] = [
    ['a vote that is acknowledged and lost', after(300, ({ votes }) => votes.pop()), /counts.*must be/],
    ['a vote that counts twice', after(300, ({ votes }) => votes.push({ ...votes[5]! })), /counts.*must be/],
    [
      'a position that is swapped',
      after(350, ({ votes }) => {
        const vote = votes.find(({ position }) => position === 'yea')!;
        vote.position = 'nay';
      }),
      /votes\/\d+.*position|yea is \d+, must be/,
    ],
    [
      'counts that show each vote only after the next read',
      (application) => {
        const { counts } = application;
        const shown = new Map<number, ReturnType<typeof counts>>();
        application.counts = (id) => {
          const before = shown.get(id) ?? { yea: 0, nay: 0, notVoting: 0 };
          shown.set(id, counts(id));
          return before;
        };
      },
      /counts, votes in the air.*must be from/,
    ],
    [
      'counts that show votes which nobody has sent',
      (application) => {
        const { counts } = application;
        let reads = 0;
        application.counts = (id) => ({ ...counts(id), yea: counts(id).yea + (++reads === 50 ? 20 : 0) });
      },
      /(counts|results), votes in the air.*yea is/,
    ],
    [
      'a vote that another instance does not know',
      (application) => {
        const { find, get } = application;
        let reads = 0;
        application.get = (path) => {
          application.find = (...of) => (++reads % 50 === 0 ? undefined : find(...of));
          const answer = get.call(application, path);
          application.find = find;
          return answer;
        };
      },
      /votes\/\d+, votes in the air.*status 404/,
    ],
    [
      'a party that another votes for',
      (application) => {
        const { results } = application;
        application.results = (id) => {
          const { parties } = results(id);
          const { yea, nay, notVoting } = parties.at(-1)!;
          return { ...results(id), parties: [{ ...parties[0]!, yea, nay, notVoting }, ...parties.slice(1)] };
        };
      },
      /results, no vote in the air: answer\.parties/,
    ],
    [
      'a trend in which a vote counts as often as it was sent',
      (application) => {
        const { weight } = application;
        application.weight = (vote, now) => vote.times * weight(vote, now);
      },
      /trending/,
    ],
    [
      'a trend that sinks too fast',
      (application) => {
        application.weight = ({ castAt }, now) => 2 ** ((2 * (castAt - now)) / DAY);
      },
      /trending/,
    ],
    [
      'a trend that lacks one vote of a question which is not the first',
      (application) => {
        const { trending } = application;
        application.trending = () => {
          const [first, second, ...others] = trending();
          return [first!, { ...second!, score: second!.score - 1 }, ...others];
        };
      },
      /trending.*question \d+ scores/,
    ],
    [
      'a trend in the wrong order',
      (application) => {
        const { trending } = application;
        application.trending = () => {
          const [first, second, ...others] = trending();
          return [first!, ...others, second!];
        };
      },
      /trending.*stands there/,
    ],
    [
      'a vote that is cast anew when it changes',
      (application) => {
        const { cast } = application;
        application.cast = (...vote) => Object.assign(cast(...vote), { castAt: Date.now() });
      },
      /PUT.*now at/,
    ],
    [
      'a state that is left out',
      (application) => {
        const { analytics } = application;
        application.analytics = (id) => ({ ...analytics(id), states: analytics(id).states.slice(1) });
      },
      /analytics, no vote in the air: answer\.states/,
    ],
    [
      'a margin the wrong way round',
      (application) => {
        const { analytics } = application;
        application.analytics = (id) => ({ ...analytics(id), margin: -analytics(id).margin });
      },
      /analytics, no vote in the air: answer\.margin/,
    ],
    [
      'a read of a vote that tells another time than its acknowledgement',
      (application) => {
        const { get } = application;
        application.get = (path) => {
          const { status, text } = get.call(application, path);
          return { status, text: text.replace(/(?<="castAt":"....-..-..T..:..:..\.)\d*/, '5') };
        };
      },
      /votes\/\d+, no vote in the air: answer\.castAt/,
    ],
    [
      'a community that has the votes of another',
      (application) => {
        const { get } = application;
        application.get = (path) =>
          get.call(application, path.replace('communities/party-r/', `communities/${LEGISLATURE}/`));
      },
      /communities\/party-r\/participation/,
    ],
    [
      'a participation that is not of everybody',
      (application) => {
        const { rates } = application;
        application.rates = (votes) => rates(votes.length > 100 ? votes.slice(1) : votes);
      },
      /communities\/senate-109\/participation/,
    ],
    [
      'a member whose votes are not all there',
      (application) => {
        const { rates } = application;
        application.rates = (votes) => rates(votes.length === 4 ? votes.slice(1) : votes);
      },
      /members\/\d+\/participation/,
    ],
  ];

  it.each(planted)('finds %s', async (_what, plant, found) => {
    const application = new Simulated();
    plant(application);
    const { wrong, examples } = await replayThrough(application);
    expect(wrong).toBeGreaterThan(0);
    expect(examples.join('\n')).toMatch(found);
  });
});

describe('a watch', () => {
  const vote = { questionId: 1, memberId: 2, position: 'yea' } as const;

  it('counts what was acknowledged as least, and what was sent as most', () => {
    const book = new PollBook();
    book.send(vote);
    expect(book.watch(1).bounds.yea).toEqual({ least: 0, most: 1 });
    book.acknowledge(vote, 5);
    expect(book.watch(1).bounds.yea).toEqual({ least: 1, most: 1 });
  });

  it('expects both positions of a vote that changes while it watches', () => {
    const book = new PollBook();
    book.send(vote);
    book.acknowledge(vote, 5);
    const watch = book.watch(1);
    book.send({ ...vote, position: 'nay' });
    book.acknowledge({ ...vote, position: 'nay' }, 5);
    expect(watch.bounds).toMatchObject({ yea: { least: 0, most: 1 }, nay: { least: 0, most: 1 } });
    expect(book.watch(1).bounds).toMatchObject({ yea: { most: 0 }, nay: { least: 1 } });
  });

  it('notes a vote that is sent for the first time while it watches, and none after its end', () => {
    const book = new PollBook();
    const [watch, ended] = [book.watch(1), book.watch(1)];
    ended.end();
    book.send(vote);
    expect(watch.standings(2)).toEqual(new Set(['none', 'yea']));
    expect(ended.standings(2)).toEqual(new Set(['none']));
  });
});

describe('a survey of votes in the air', () => {
  const book = new PollBook();
  const vote = { questionId: 1, memberId: 2, position: 'yea' } as const;
  book.send(vote);
  book.acknowledge(vote, 1_000);
  const before = book.turnout();
  const asked = { from: 1_001, until: 999 + DAY };
  const watch = book.watch(1);
  book.send({ ...vote, memberId: 3 });

  it.each([
    [1, 0],
    [2, 0],
    [0, 1],
    [3, 1],
  ])('of %d voters finds %d faults', (entitled, faults) => {
    expect(turnoutFaults(before, book.turnout(), { entitled, voted: 0 })).toHaveLength(faults);
  });

  it('counts who votes for the first time only', () => {
    const again = new PollBook();
    for (const position of ['yea', 'nay', 'nay'] as const) {
      again.send({ ...vote, position });
      again.acknowledge({ ...vote, position }, 5);
    }
    expect(again.turnout(2)).toEqual({ acknowledged: 1, sent: 1 });
    expect(again.turnout()).toEqual({ acknowledged: 1, sent: 1 });
  });

  it.each([
    ['as low as what was acknowledged at the end of the question', 0.5, 0],
    ['as high as what was sent, had it been cast only now', 3, 0],
    ['lower', 0.49, 1],
    ['higher', 3.01, 1],
  ])('takes a score %s for what it is', (_what, score, faults) => {
    const weights = { least: [1_000], most: [1_000, undefined] };
    expect(watch.voters).toEqual([2, 3]);
    expect(scoreFaults(weights, asked, [{ questionId: 1, score }], 1)).toHaveLength(faults);
  });

  it('misses a question that is not in a ranking with room for it', () => {
    const weights = { least: [1_000], most: [1_000] };
    expect(scoreFaults(weights, asked, [], 1)).toHaveLength(1);
    const full = Array.from({ length: 100 }, (_, at) => ({ questionId: at + 2, score: 9 }));
    expect(scoreFaults(weights, asked, full, 1)).toEqual([]);
  });
});

describe('the comparison of rankings', () => {
  const scores = [3, 2, 2, 1].map((score, at) => ({ questionId: at + 1, score }));

  it.each([
    ['any order of equal scores', [0, 2, 1], 3],
    ['any of them as the last', [0, 2], 2],
  ])('allows %s', (_what, places, limit) => {
    const ranking = places.map((at) => scores[at]!);
    expect(rankingDifferences(scores, ranking, limit)).toEqual([]);
  });

  it.each([
    ['a question that is named twice', [0, 1, 1], 3],
    ['one that is missing', [0, 1], 3],
    ['one that stands too high', [0, 1, 3], 3],
  ])('finds %s', (_what, places, limit) => {
    const ranking = places.map((at) => scores[at]!);
    expect(rankingDifferences(scores, ranking, limit)).not.toEqual([]);
  });
});

describe('the schedule of a replay', () => {
  const sendings = schedule(rollCalls, [1, 2, 3], new Random(3));
  const last = new Map(sendings.map((sending) => [`${sending.questionId}:${sending.memberId}`, sending]));

  it('ends with every position as recorded', () => {
    for (const id of [1, 2, 3]) {
      const votes = [...last.values()].filter(({ questionId }) => questionId === id);
      const yea = votes.filter(({ position }) => position === 'yea').length;
      expect(yea).toBe(officialTotals(rollCalls).get(id)?.yea);
    }
  });

  it('holds repeated and changed votes, and mixes questions', () => {
    const first = new Map([...sendings].reverse().map((one) => [`${one.questionId}:${one.memberId}`, one]));
    const changed = [...last].filter(([voter, { position }]) => first.get(voter)?.position !== position);
    expect(changed.length).toBeGreaterThan(5);
    expect(sendings.filter(({ copies }) => copies === 2).length).toBeGreaterThan(5);
    expect(sendings.length).toBeGreaterThan(last.size + changed.length);
    expect(new Set(sendings.slice(0, 60).map(({ questionId }) => questionId)).size).toBe(3);
  });

  it('is the same for the same seed', () => {
    expect(schedule(rollCalls, [1, 2, 3], new Random(3))).toEqual(sendings);
    expect(schedule(rollCalls, [1, 2, 3], new Random(4))).not.toEqual(sendings);
  });
});
