import type { Random } from '../consistency/random.js';
import type { Figures } from './figures.js';
import type { Glances } from './glances.js';
import type { Instance, Instances } from './instances.js';
import type { PollBook } from './poll-book.js';
import { bodyOf } from './requests.js';
import type { Requests } from './requests.js';
import type { Sending, Vote } from './schedule.js';
import type { Surveys } from './surveys.js';

/** What takes part in a replay. */
export interface Stage {
  readonly instances: Pick<Instances, 'all'>;
  readonly requests: Pick<Requests, 'get' | 'put'>;
  readonly book: PollBook;
  readonly figures: Figures;
  readonly random: Random;
}

/** Requests that are in the air at once. */
const AT_ONCE = 16;
/** How often somebody looks, right after a vote was acknowledged. */
const SURVEYS = 0.08;
const LOOKS = 0.25;

/** Sends votes, and sends again to another instance what was not answered. */
export class Polling {
  readonly #voters = new Map<string, Promise<void>>();

  constructor(
    private readonly stage: Stage,
    private readonly glances: Glances,
    private readonly surveys: Surveys,
  ) {}

  /** Resolves when all of them were acknowledged; `sent` is told before each how many were before it. */
  async send(sendings: readonly Sending[], sent: (count: number) => void): Promise<void> {
    let next = 0;
    const sender = async () => {
      for (let at = next++; at < sendings.length; at = next++) {
        const sending = sendings[at];
        sent(at);
        if (sending !== undefined) await this.#inTurn(sending);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    this.#voters.clear();
  }

  /** A voter sends one vote after the other. */
  #inTurn(sending: Sending): Promise<void> {
    const voter = `${sending.questionId}:${sending.memberId}`;
    const turn = (this.#voters.get(voter) ?? Promise.resolve()).then(() => this.#sendCopies(sending));
    this.#voters.set(voter, turn);
    return turn;
  }

  async #sendCopies(sending: Sending): Promise<void> {
    const { questionId, memberId, position } = sending;
    const instances = this.#choose(sending.copies);
    await Promise.all(instances.map((instance) => this.#cast({ questionId, memberId, position }, instance)));
  }

  async #cast(vote: Vote, instance: Instance): Promise<void> {
    const { book, requests, random, figures } = this.stage;
    const { questionId, ...body } = vote;
    book.send(vote);
    const answer = await requests.put(instance, `/questions/${questionId}/votes`, body);
    if (answer === undefined) return this.#cast(vote, this.#choose(1, instance)[0] ?? instance);
    const { status, castAt, ...said } = bodyOf<Vote & { castAt: string | number }>(answer);
    figures.votes++;
    const faults = status === 200 ? book.acknowledge(vote, timeOf(castAt)) : [`status ${status}`];
    if (said.position !== vote.position) faults.push(`the answer says ${said.position}`);
    figures.judge(`${instance.name}, PUT ${JSON.stringify(vote)}`, faults);
    const other = this.#choose(1, instance)[0] ?? instance;
    if (random.chance(LOOKS)) await this.glances.look(vote, other);
    if (random.chance(SURVEYS)) await this.surveys.look(vote, other);
  }

  /** Instances that are alive, others than the given one if there are. */
  #choose(count: number, other?: Instance): Instance[] {
    const { instances, random } = this.stage;
    const candidates = instances.all.filter((instance) => instance !== other);
    const first = random.below(candidates.length);
    return [...candidates.slice(first), ...candidates.slice(0, first)].slice(0, count);
  }
}

function timeOf(castAt: string | number | undefined): number {
  return typeof castAt === 'string' ? Date.parse(castAt) : (castAt ?? NaN);
}
