import type { Participation } from '@nuthatch/governance';
import { LEGISLATURE } from 'governance-api';
import type { FleetAnswer } from '../support/fleet-http.js';
import type { Ranked } from './comparison.js';
import type { Figures } from './figures.js';
import type { Instance } from './instances.js';
import type { PollBook, Turnout } from './poll-book.js';
import { bodyOf } from './requests.js';
import type { Requests } from './requests.js';
import type { Vote } from './schedule.js';
import { weightOf } from './trend.js';
import type { Asked } from './trend.js';

type Span = Pick<Asked, 'from' | 'until'>;

/** When the votes were cast that a score holds at least, and at most; of one that was not acknowledged it is not known. */
interface CastTimes {
  readonly least: readonly number[];
  readonly most: readonly (number | undefined)[];
}

const LIMIT = 100;
const ROUNDING = 1e-9;

/**
 * Looks at what follows from votes on all questions, while votes are in the air. Without it such numbers would be asked for at
 * checkpoints only, and then nobody would notice if they were counted anew instead of changed.
 */
export class Surveys {
  constructor(
    private readonly surroundings: {
      readonly book: PollBook;
      readonly requests: Pick<Requests, 'get'>;
      readonly figures: Figures;
    },
  ) {}

  /** Asks an instance for the participation of a member who has just voted, and of all, and how the question trends. */
  async look({ questionId, memberId }: Vote, instance: Instance): Promise<void> {
    const { book } = this.surroundings;
    for (const [path, turnout] of [
      [`/members/${memberId}/participation`, () => book.turnout(memberId)],
      [`/communities/${LEGISLATURE}/participation`, () => book.turnout()],
    ] as const) {
      const before = turnout();
      await this.#ask(instance, path, (answer) =>
        turnoutFaults(before, turnout(), bodyOf<Participation>(answer)),
      );
    }
    await this.#trending(questionId, instance);
  }

  async #trending(questionId: number, instance: Instance): Promise<void> {
    const { book } = this.surroundings;
    const watch = book.watch(questionId);
    const least = [...book.entries(questionId).values()].flatMap(({ castAt }) => castAt ?? []);
    const path = `/communities/${LEGISLATURE}/trending?limit=${LIMIT}`;
    await this.#ask(instance, path, (answer, span) => {
      const most = watch.voters.map((memberId) => book.entry(questionId, memberId).castAt);
      return scoreFaults({ least, most }, span, JSON.parse(answer.text) as Ranked[], questionId);
    }).finally(watch.end);
  }

  async #ask(
    instance: Instance,
    path: string,
    faultsOf: (answer: FleetAnswer, span: Span) => string[],
  ): Promise<void> {
    const { requests, figures } = this.surroundings;
    const from = Date.now();
    const answer = await requests.get(instance, path);
    if (answer === undefined) return;
    figures.looks++;
    const faults =
      answer.status === 200 ? faultsOf(answer, { from, until: Date.now() }) : [`status ${answer.status}`];
    figures.judge(`${instance.name}, GET ${path}, votes in the air`, faults);
  }
}

/** What is wrong with a participation that was asked for between two moments. */
export function turnoutFaults(
  before: Turnout,
  after: Turnout,
  { entitled = NaN, voted = NaN }: Partial<Participation>,
): string[] {
  const [least, most] = [before.acknowledged, after.sent];
  if (least <= entitled && entitled <= most && voted <= entitled) return [];
  return [`${voted} of ${entitled} voted, must be of ${least} to ${most}`];
}

/** What is wrong with a question's place in a ranking. */
export function scoreFaults(
  { least, most }: CastTimes,
  { from, until }: Span,
  ranking: readonly Ranked[],
  questionId: number,
): string[] {
  const found = ranking.find((one) => one.questionId === questionId);
  if (found === undefined && ranking.length >= LIMIT) return [];
  const score = found?.score ?? 0;
  // a clock of milliseconds rounds
  const [first, last] = [from - 1, until + 1];
  const sum = (times: CastTimes['most'], at: number) =>
    // a vote that arrives between the moment of the scores and their reading counts a little more than 1
    times.reduce((total: number, castAt = last) => total + weightOf(castAt, at), 0);
  const [low, high] = [sum(least, last), sum(most, first)];
  if (low * (1 - ROUNDING) <= score && score <= high * (1 + ROUNDING)) return [];
  return [`question ${questionId} scores ${score}, must score from ${low} to ${high}`];
}
