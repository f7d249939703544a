import type { Totals } from '@nuthatch/governance';
import { LEGISLATURE } from 'governance-api';
import type { FleetAnswer } from '../support/fleet-http.js';
import { differences } from './comparison.js';
import type { Ranked } from './comparison.js';
import type { Expectations } from './expectations.js';
import type { Figures } from './figures.js';
import type { Instance, Instances } from './instances.js';
import { bodyOf } from './requests.js';
import type { Requests } from './requests.js';
import { trendingFaults } from './trend.js';
import type { Asked } from './trend.js';

/** What is asked of every instance. */
export interface Subjects {
  readonly questions: readonly number[];
  readonly members: readonly number[];
  /** By id. */
  readonly communities: readonly string[];
  /** Single votes: of every question those of these members. */
  readonly voters: readonly number[];
  /** What the questions must have come to, where that is known. */
  readonly announced: ReadonlyMap<number, Pick<Totals, 'yea' | 'nay'>>;
}

/** A question to an instance, and what is wrong with what it answers. */
interface Probe {
  readonly path: string;
  readonly faultsOf: (answer: FleetAnswer, asked: Pick<Asked, 'from' | 'until'>) => string[];
}

const AT_ONCE = 16;
const TRENDING_LIMITS = [10, 100];

/** Asks every instance for everything while no vote is in the air: all must answer what the votes come to. */
export class Checkpoint {
  constructor(
    private readonly stage: {
      readonly instances: Pick<Instances, 'all'>;
      readonly requests: Pick<Requests, 'get'>;
      readonly figures: Figures;
    },
    private readonly expected: Expectations,
  ) {}

  async ask(subjects: Subjects): Promise<void> {
    const probes = this.#probes(subjects);
    const all = this.stage.instances.all.flatMap((instance) => probes.map((probe) => ({ instance, probe })));
    let next = 0;
    const asker = async () => {
      for (let one = all[next++]; one !== undefined; one = all[next++])
        await this.#ask(one.instance, one.probe);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, asker));
  }

  async #ask(instance: Instance, { path, faultsOf }: Probe): Promise<void> {
    const from = Date.now();
    const answer = await this.stage.requests.get(instance, path);
    if (answer === undefined) return;
    this.stage.figures.reads++;
    const faults = faultsOf(answer, { from, until: Date.now() });
    this.stage.figures.judge(`${instance.name}, GET ${path}, no vote in the air`, faults);
  }

  #probes({ questions, members, communities, voters, announced }: Subjects): Probe[] {
    const { expected } = this;
    return [
      ...questions.flatMap((id) => [
        equal(`/questions/${id}/results`, { ...expected.results(id), ...announced.get(id) }),
        equal(`/questions/${id}/counts`, expected.counts(id)),
        equal(`/questions/${id}/participation`, expected.participationIn(id)),
        equal(`/questions/${id}/analytics`, expected.analytics(id)),
        ...voters.map((member) => this.#voteProbe(id, member)),
      ]),
      ...members.map((id) => equal(`/members/${id}/participation`, expected.participationOf(id))),
      ...communities.map((id) => equal(`/communities/${id}/participation`, expected.participationAmong(id))),
      ...TRENDING_LIMITS.map((limit) => this.#trendingProbe(limit)),
    ];
  }

  #voteProbe(questionId: number, memberId: number): Probe {
    const path = `/questions/${questionId}/votes/${memberId}`;
    const vote = this.expected.vote(questionId, memberId);
    if (vote !== undefined) return equal(path, vote);
    return { path, faultsOf: (answer) => differences({ status: 404 }, bodyOf(answer)) };
  }

  #trendingProbe(limit: number): Probe {
    const path = `/communities/${LEGISLATURE}/trending?limit=${limit}`;
    return {
      path,
      faultsOf: (answer, asked) =>
        trendingFaults((at) => this.expected.trending(at), { limit, ...asked }, rankingOf(answer)),
    };
  }
}

function equal(path: string, expected: object): Probe {
  return { path, faultsOf: (answer) => differences({ status: 200, ...expected }, bodyOf(answer)) };
}

function rankingOf(answer: FleetAnswer): readonly Ranked[] {
  const ranking: unknown = JSON.parse(answer.text);
  return Array.isArray(ranking) ? (ranking as Ranked[]) : [];
}
