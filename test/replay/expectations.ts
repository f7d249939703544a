import type { Position, RollCalls, Totals } from 'governance-api';
import type { Ranked } from './comparison.js';
import { membersOf } from './people.js';
import type { Person } from './people.js';
import type { PollBook } from './poll-book.js';
import type { Vote } from './schedule.js';
import { weightOf } from './trend.js';

/** What the application must answer when no vote is in the air, from the roll calls' people and the votes that were sent. */
export class Expectations {
  readonly #people: readonly Person[];

  constructor(
    rollCalls: Pick<RollCalls, 'members'>,
    private readonly book: PollBook,
  ) {
    this.#people = membersOf(rollCalls);
  }

  /** A member's vote; undefined for one who has not voted. */
  vote(questionId: number, memberId: number): Vote | undefined {
    const { settled } = this.book.entry(questionId, memberId);
    return settled && { questionId, memberId, position: settled };
  }

  counts(questionId: number): Totals & { readonly questionId: number } {
    return { questionId, ...totalsOf(this.book.settled(questionId)) };
  }

  results(questionId: number) {
    const votes = this.book.settled(questionId);
    const parties = [...new Set(this.#people.map(({ party }) => party))].sort().map((party) => {
      const members = this.#rows((person) => person.party === party);
      return { party, ...totalsOf(votes.filter(({ memberId }) => members.has(memberId))) };
    });
    return { ...this.counts(questionId), participation: shareOf(votes), parties };
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

  /** The same over all questions, of the members of a community. */
  participationAmong(communityId: string, members: ReadonlySet<number>) {
    const votes = this.#votes().filter(({ memberId }) => members.has(memberId));
    return { communityId, ...ratesOf(votes) };
  }

  /** The same of one member. */
  participationOf(memberId: number) {
    return { memberId, ...ratesOf(this.#votes().filter((vote) => vote.memberId === memberId)) };
  }

  #votes(): Vote[] {
    return this.book.questions.flatMap((questionId) => this.book.settled(questionId));
  }

  #rows(belongs: (person: Person) => boolean): Set<number> {
    return new Set(this.#people.filter(belongs).map(({ row }) => row));
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
