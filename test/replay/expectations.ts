import type { Position, Totals } from '@nuthatch/governance';
import { LEGISLATURE } from 'governance-api';
import type { RollCalls } from 'governance-api';
import type { Ranked } from './comparison.js';
import { membersOf } from './people.js';
import type { Person } from './people.js';
import type { PollBook } from './poll-book.js';
import type { Vote } from './schedule.js';
import { weightOf } from './trend.js';

/** What the application must answer when no vote is in the air, from the roll calls' people and the votes that were sent. */
export class Expectations {
  /** By row. */
  readonly #people: ReadonlyMap<number, Person>;

  constructor(
    rollCalls: Pick<RollCalls, 'members'>,
    private readonly book: PollBook,
  ) {
    this.#people = new Map(membersOf(rollCalls).map((person) => [person.row, person]));
  }

  /** A member's vote with the time it was first cast; undefined for one who has not voted. */
  vote(questionId: number, memberId: number): (Vote & { readonly castAt: string }) | undefined {
    const { settled, castAt } = this.book.entry(questionId, memberId);
    if (settled === undefined || castAt === undefined) return undefined;
    return { questionId, memberId, position: settled, castAt: new Date(castAt).toISOString() };
  }

  counts(questionId: number): Totals & { readonly questionId: number } {
    return { questionId, ...totalsOf(this.book.settled(questionId)) };
  }

  results(questionId: number) {
    const votes = this.book.settled(questionId);
    return { ...this.counts(questionId), participation: shareOf(votes), parties: this.#by('party', votes) };
  }

  analytics(questionId: number) {
    const votes = this.book.settled(questionId);
    const { yea, nay } = totalsOf(votes);
    const [parties, states] = [this.#by('party', votes), this.#by('state', votes)];
    return { questionId, margin: yea - nay, participation: ratesOf(votes), parties, states };
  }

  /** Every question's score at a time, in milliseconds: what a vote counts halves with each day since it was first cast. */
  trending(at: number): Ranked[] {
    return this.book.questions.map((questionId) => {
      const times = [...this.book.entries(questionId).values()].flatMap(({ castAt }) => castAt ?? []);
      return { questionId, score: times.reduce((sum, castAt) => sum + weightOf(castAt, at), 0) };
    });
  }

  /** What share of the votes that were entered on a question were yea or nay. */
  participationIn(questionId: number) {
    return { questionId, ...ratesOf(this.book.settled(questionId)) };
  }

  /** The same over all questions of a community: the legislature put them all, others none. */
  participationAmong(communityId: string) {
    return { communityId, ...ratesOf(communityId === LEGISLATURE ? this.#votes() : []) };
  }

  /** The same of one member. */
  participationOf(memberId: number) {
    return { memberId, ...ratesOf(this.#votes().filter((vote) => vote.memberId === memberId)) };
  }

  #votes(): Vote[] {
    return this.book.questions.flatMap((questionId) => this.book.settled(questionId));
  }

  /** The votes of each party or state of which anybody has voted, in alphabetical order. */
  #by(kind: 'party' | 'state', votes: readonly Vote[]) {
    const groups = new Map<string, Vote[]>();
    for (const vote of votes) {
      const name = this.#people.get(vote.memberId)?.[kind] ?? 'nobody';
      groups.set(name, [...(groups.get(name) ?? []), vote]);
    }
    return [...groups.keys()].sort().map((name) => ({ [kind]: name, ...totalsOf(groups.get(name) ?? []) }));
  }
}

function totalsOf(votes: readonly Vote[]): Totals {
  const count = (wanted: Position) => votes.filter(({ position }) => position === wanted).length;
  return { yea: count('yea'), nay: count('nay'), notVoting: count('notVoting') };
}

/** How many positions were entered, how many of them are yea or nay, and which share that is. */
function ratesOf(votes: readonly Vote[]) {
  const { yea, nay } = totalsOf(votes);
  return { entitled: votes.length, voted: yea + nay, participation: shareOf(votes) };
}

/** The share of those who took a position, or were entered as not voting, who voted yea or nay. */
function shareOf(votes: readonly Vote[]): number {
  const { yea, nay } = totalsOf(votes);
  return votes.length === 0 ? 0 : (yea + nay) / votes.length;
}
