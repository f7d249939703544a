import type { Position } from '@nuthatch/governance';
import type { Vote } from './schedule.js';

/** How a member may stand on a question, one who has not voted included. */
export type Standing = Position | 'none';

/** What is known of a member's vote on a question. */
export interface Entry {
  /** The position that was acknowledged last. */
  readonly settled?: Position;
  /** The position that was sent and not acknowledged yet: it may count already. */
  readonly open?: Position;
  /** When the vote was first cast, as the first answer said, in milliseconds. */
  readonly castAt?: number;
}

/** How many votes there are, whatever their position. */
export interface Turnout {
  readonly acknowledged: number;
  /** With those that were sent only. */
  readonly sent: number;
}

/** Fewest and most votes that a count may show. */
export type Bounds = Readonly<Record<Position, { readonly least: number; readonly most: number }>>;

/**
 * Who has sent which vote, and what of it was acknowledged: what every answer is judged by.
 * A voter sends the next position only when the one before was acknowledged, so at most one is open.
 */
export class PollBook {
  readonly #questions = new Map<number, Map<number, Entry>>();
  readonly #watches = new Map<number, Set<Watch>>();
  /** By member. */
  readonly #turnouts = new Map<number, Turnout>();
  #turnout: Turnout = { acknowledged: 0, sent: 0 };

  /** A vote is about to be sent, for the first time or again. */
  send({ questionId, memberId, position }: Vote): void {
    const entry = this.entry(questionId, memberId);
    if (entry.open !== undefined && entry.open !== position)
      throw new Error(`member ${memberId} has not finished voting ${entry.open} on question ${questionId}`);
    if (entry.settled === undefined && entry.open === undefined) this.#count(memberId, 'sent');
    this.#page(questionId).set(memberId, { ...entry, open: position });
    for (const watch of this.#watches.get(questionId) ?? []) watch.mayStand(memberId, position);
  }

  /** An answer to a vote has arrived. @returns what is wrong with it */
  acknowledge({ questionId, memberId, position }: Vote, castAt: number): string[] {
    const before = this.entry(questionId, memberId);
    const { open: _, ...entry } = before;
    if (before.settled === undefined) this.#count(memberId, 'acknowledged');
    this.#page(questionId).set(memberId, { ...entry, settled: position, castAt: entry.castAt ?? castAt });
    if (Number.isNaN(castAt)) return [`a vote of member ${memberId} on question ${questionId} has no time`];
    if (before.castAt === undefined || before.castAt === castAt) return [];
    return [`member ${memberId} voted on question ${questionId} at ${before.castAt}, now at ${castAt}`];
  }

  /** Begins to note how members may stand on a question, until the watch ends. */
  watch(questionId: number): Watch {
    const watches = this.#watches.get(questionId) ?? new Set();
    this.#watches.set(questionId, watches);
    const watch = new Watch(this.entries(questionId), () => watches.delete(watch));
    watches.add(watch);
    return watch;
  }

  /** The votes of a member, or of everybody, on all questions. */
  turnout(memberId?: number): Turnout {
    if (memberId === undefined) return this.#turnout;
    return this.#turnouts.get(memberId) ?? { acknowledged: 0, sent: 0 };
  }

  #count(memberId: number, what: keyof Turnout): void {
    const one = this.turnout(memberId);
    this.#turnouts.set(memberId, { ...one, [what]: one[what] + 1 });
    this.#turnout = { ...this.#turnout, [what]: this.#turnout[what] + 1 };
  }

  /** The questions on which anybody has voted. */
  get questions(): number[] {
    return [...this.#questions.keys()];
  }

  /** By member. */
  entries(questionId: number): ReadonlyMap<number, Entry> {
    return this.#questions.get(questionId) ?? new Map<number, Entry>();
  }

  entry(questionId: number, memberId: number): Entry {
    return this.entries(questionId).get(memberId) ?? {};
  }

  /** The acknowledged position of every member who has one on a question. */
  settled(questionId: number): Vote[] {
    return [...this.entries(questionId)].flatMap(([memberId, { settled }]) =>
      settled === undefined ? [] : [{ questionId, memberId, position: settled }],
    );
  }

  /** How many votes may count that were not acknowledged. */
  get open(): number {
    const entries = this.questions.flatMap((id) => [...this.entries(id).values()]);
    return entries.filter(({ open }) => open !== undefined).length;
  }

  #page(questionId: number): Map<number, Entry> {
    const page = this.#questions.get(questionId) ?? new Map<number, Entry>();
    this.#questions.set(questionId, page);
    return page;
  }
}

/** How members may stand on a question at any moment between the request of a read and its answer. */
export class Watch {
  readonly #possible = new Map<number, Set<Standing>>();

  constructor(
    entries: ReadonlyMap<number, Entry>,
    /** Nothing is noted any more. */
    readonly end: () => void,
  ) {
    for (const [memberId, { settled = 'none', open = settled }] of entries)
      this.#possible.set(memberId, new Set<Standing>([settled, open]));
  }

  mayStand(memberId: number, position: Position): void {
    const known = this.#possible.get(memberId) ?? new Set<Standing>(['none']);
    this.#possible.set(memberId, known.add(position));
  }

  /** Everybody who may have voted. */
  get voters(): number[] {
    return [...this.#possible.keys()];
  }

  /** Every standing that a read of this member's vote may answer. */
  standings(memberId: number): ReadonlySet<Standing> {
    return this.#possible.get(memberId) ?? new Set<Standing>(['none']);
  }

  /** A vote that was acknowledged before counts at least, one that was sent counts at most. */
  get bounds(): Bounds {
    return { yea: this.#boundsOf('yea'), nay: this.#boundsOf('nay'), notVoting: this.#boundsOf('notVoting') };
  }

  #boundsOf(position: Position) {
    const may = [...this.#possible.values()].filter((standings) => standings.has(position));
    return { least: may.filter(({ size }) => size === 1).length, most: may.length };
  }
}
