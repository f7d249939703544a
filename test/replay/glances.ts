import type { FleetAnswer } from '../support/fleet-http.js';
import type { Figures } from './figures.js';
import type { Instance } from './instances.js';
import type { Bounds, PollBook, Standing, Watch } from './poll-book.js';
import { bodyOf } from './requests.js';
import type { Requests } from './requests.js';
import type { Vote } from './schedule.js';

interface Surroundings {
  readonly book: PollBook;
  readonly requests: Pick<Requests, 'get'>;
  readonly figures: Figures;
}

/** Looks at one question while votes are in the air: answers must lie between what was acknowledged and what was sent. */
export class Glances {
  constructor(private readonly surroundings: Surroundings) {}

  /** Asks an instance for a vote that another one has just acknowledged, and for counts and results with it. */
  async look({ questionId, memberId }: Vote, instance: Instance): Promise<void> {
    const path = `/questions/${questionId}`;
    await this.#ask(instance, `${path}/votes/${memberId}`, questionId, (watch, answer) =>
      standingFaults(watch.standings(memberId), answer),
    );
    for (const counted of ['counts', 'results'])
      await this.#ask(instance, `${path}/${counted}`, questionId, (watch, answer) =>
        countFaults(watch.bounds, bodyOf<Record<keyof Bounds, number>>(answer)),
      );
  }

  async #ask(
    instance: Instance,
    path: string,
    questionId: number,
    faultsOf: (watch: Watch, answer: FleetAnswer) => string[],
  ): Promise<void> {
    const { book, requests, figures } = this.surroundings;
    const watch = book.watch(questionId);
    const answer = await requests.get(instance, path).finally(watch.end);
    if (answer === undefined) return;
    figures.looks++;
    figures.judge(`${instance.name}, GET ${path}, votes in the air`, faultsOf(watch, answer));
  }
}

/** What is wrong with the answer to a read of one member's vote. */
export function standingFaults(possible: ReadonlySet<Standing>, answer: FleetAnswer): string[] {
  const { status, position } = bodyOf<Vote>(answer);
  const said: Standing | undefined = status === 404 ? 'none' : position;
  if (said !== undefined && possible.has(said) && [200, 404].includes(status)) return [];
  return [`status ${status}, position ${position}; may be ${[...possible].join(' or ')}`];
}

/** What is wrong with the counts of a question. */
export function countFaults(bounds: Bounds, counts: Partial<Record<keyof Bounds, number>>): string[] {
  const positions = Object.keys(bounds) as (keyof Bounds)[];
  return positions.flatMap((position) => {
    const [count, { least, most }] = [counts[position], bounds[position]];
    if (count !== undefined && least <= count && count <= most) return [];
    return [`${position} is ${count}, must be from ${least} to ${most}`];
  });
}
