import { LEGISLATURE, loadRollCalls, officialTotals } from 'governance-api';
import { Random } from '../consistency/random.js';
import { Checkpoint } from './checkpoint.js';
import type { Subjects } from './checkpoint.js';
import { Expectations } from './expectations.js';
import { Figures } from './figures.js';
import { Glances } from './glances.js';
import { hitRatesOf } from './hit-rates.js';
import { Instances } from './instances.js';
import { Killings } from './killings.js';
import type { Outcome } from './outcome.js';
import { communitiesOf, membersOf } from './people.js';
import { PollBook } from './poll-book.js';
import { Polling } from './polling.js';
import { Requests } from './requests.js';
import { chooseQuestions, schedule } from './schedule.js';
import type { Sending } from './schedule.js';
import { Surveys } from './surveys.js';

/** How much is replayed. */
export interface Extent {
  /** 645 are all. */
  readonly questions: number;
  /** How many votes are sent between two checkpoints. */
  readonly checkpoint: number;
  readonly seed: number;
}

/** What happens to the instances while votes are sent. */
export interface Course {
  readonly name: string;
  readonly about: string;
  /** How many instances are killed on the way, each replaced by a new one. */
  readonly kills: number;
}

const INSTANCES = 4;
/** A checkpoint asks for the questions of the last votes, and for a few of each of these. */
const OTHER_QUESTIONS = 5;
const MEMBERS = 8;
const COMMUNITIES = 4;
const VOTERS = 2;
/** A busy machine must not make a check of answers one of timeouts. */
const PATIENT = { redisBudget: '10s', maxStaleness: '60s' } as const;

/** Replays votes through instances of the application, and judges every answer. */
export async function replay(course: Course, extent: Extent): Promise<Outcome> {
  const instances = await Instances.start(INSTANCES, { votes: 'none', cache: PATIENT });
  try {
    return await new Replay(course, extent, instances).run();
  } finally {
    await instances.stop();
  }
}

class Replay {
  readonly #rollCalls = loadRollCalls();
  readonly #book = new PollBook();
  readonly #figures = new Figures();
  readonly #random: Random;
  readonly #requests: Requests;
  readonly #questions: readonly number[];

  constructor(
    private readonly course: Course,
    private readonly extent: Extent,
    private readonly instances: Instances,
  ) {
    this.#random = new Random(extent.seed);
    this.#requests = new Requests(instances);
    this.#questions = chooseQuestions(this.#rollCalls, extent.questions, this.#random);
  }

  async run(): Promise<Outcome> {
    const sendings = schedule(this.#rollCalls, this.#questions, this.#random);
    const killed = await this.#poll(sendings);
    const { votes, looks, reads, votesPerSecond, readsPerSecond, wrong, examples } = this.#figures;
    const { unanswered } = this.#requests;
    const done = { votes, looks, reads, killed, unanswered };
    return {
      scenario: this.course.name,
      database: this.instances.postgres.kind,
      questions: this.#questions.length,
      ...done,
      votesPerSecond,
      readsPerSecond,
      ...hitRatesOf(await Promise.all(this.instances.all.map(({ worker }) => worker.call('figures')))),
      wrong,
      examples,
      unfit: unfit(this.course, sendings.length, done),
    };
  }

  /** Sends the votes in parts, with a checkpoint after each. @returns how many instances were killed */
  async #poll(sendings: readonly Sending[]): Promise<number> {
    const { instances } = this;
    const [requests, book, figures, random] = [this.#requests, this.#book, this.#figures, this.#random];
    const stage = { instances, requests, book, figures, random };
    const polling = new Polling(stage, new Glances(stage), new Surveys(stage));
    const checkpoint = new Checkpoint(stage, new Expectations(this.#rollCalls, book));
    const killings = new Killings(this.course.kills, sendings.length, stage);
    for (let from = 0; from < sendings.length; from += this.extent.checkpoint) {
      const until = from + this.extent.checkpoint;
      const part = sendings.slice(from, until);
      const sent = polling.send(part, (count) => killings.at(from + count));
      await figures.time('voting', sent);
      await killings.settled();
      const subjects = until < sendings.length ? this.#subjectsAfter(part) : this.#everything();
      await figures.time('reading', checkpoint.ask(subjects));
    }
    return killings.done;
  }

  /** What the last votes have changed, and a little of everything else. */
  #subjectsAfter(part: readonly Sending[]): Subjects {
    const changed = part.map(({ questionId }) => questionId);
    const everything = this.#everything();
    return {
      questions: [...new Set([...changed, ...this.#some(this.#questions, OTHER_QUESTIONS)])],
      members: this.#some(everything.members, MEMBERS),
      communities: [LEGISLATURE, ...this.#some(everything.communities, COMMUNITIES)],
      voters: this.#some(everything.members, VOTERS),
      announced: new Map(),
    };
  }

  #everything(): Subjects {
    const members = membersOf(this.#rollCalls).map(({ row }) => row);
    return {
      questions: this.#questions,
      members,
      communities: communitiesOf(this.#rollCalls),
      voters: this.#some(members, VOTERS),
      announced: officialTotals(this.#rollCalls),
    };
  }

  #some<T>(items: readonly T[], count: number): T[] {
    return Array.from({ length: count }, () => items[this.#random.below(items.length)]).flatMap((item) =>
      item === undefined ? [] : [item],
    );
  }
}

/** Why a run proves nothing: a check that has not looked must not pass. */
function unfit(
  { kills }: Course,
  sendings: number,
  done: Pick<Outcome, 'votes' | 'looks' | 'reads' | 'killed' | 'unanswered'>,
): string[] {
  return [
    done.votes < sendings ? `only ${done.votes} of ${sendings} votes were acknowledged` : '',
    done.looks < sendings / 4
      ? `only ${done.looks} answers were compared while ${sendings} votes were sent`
      : '',
    done.reads < sendings / 4 ? `only ${done.reads} answers were compared at checkpoints` : '',
    done.killed < kills
      ? `only ${done.killed} of ${kills} instances were killed in the middle of a vote`
      : '',
  ].filter(Boolean);
}
