import { communitiesOf } from '../database/seed-communities.js';
import { POSITION_CODES, positionOf, type RollCalls } from '../rollcalls/rollcalls.js';
import type { Access } from './http-connection.js';
import { seededRandom, type Random } from './random.js';
import { objectPath } from './trace.js';
import { Zipf } from './zipf.js';

/** Where the driver takes its requests from. */
export interface Source {
  /** Undefined when there is no further one. */
  next(): Access | undefined;
  /** How much of it is used up, from 0 to 1; 0 when it has no end. */
  readonly used: number;
}

/** The accesses of a trace, each a read of the object it names. */
export class Replay implements Source {
  private at = 0;

  constructor(private readonly accesses: Uint32Array) {}

  next(): Access | undefined {
    const access = this.accesses[this.at];
    if (access === undefined) return undefined;
    this.at += 1;
    return { method: 'GET', path: objectPath(access) };
  }

  get used(): number {
    return this.at / this.accesses.length;
  }
}

/** Five of a hundred requests change something. */
const WRITE_SHARE = 0.05;

const POSITIONS = Object.keys(POSITION_CODES);

/** What the visitors of a legislature's site ask for, without end: few questions, members and pages get most of the requests. */
export class Traffic implements Source {
  readonly used = 0;
  private readonly random: Random;
  private readonly question: Zipf<number>;
  private readonly member: Zipf<number>;
  private readonly community: Zipf<string>;
  private readonly page: Zipf<string>;
  private readonly reads: readonly (readonly [share: number, path: () => string])[];
  private renamings = 0;

  constructor(
    private readonly rollCalls: RollCalls,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    const draw = <T>(items: readonly T[]): Zipf<T> => new Zipf(items, this.random);
    this.question = draw(rollCalls.questions.map(({ id }) => id));
    this.member = draw(rollCalls.members.map(({ row }) => row));
    this.community = draw(communitiesOf(rollCalls.members).communities.map(({ id }) => id));
    this.page = draw(pages(rollCalls));
    this.reads = [
      [0.32, () => `/questions/${this.question.draw()}`],
      [0.32, () => `/questions/${this.question.draw()}/results`],
      [0.1, () => this.votePath()],
      [0.1, () => `/members/${this.member.draw()}`],
      [0.06, () => this.page.draw()],
      [0.05, () => `/communities/${this.community.draw()}`],
      [0.03, () => `/communities/${this.community.draw()}/members`],
      [0.02, () => '/communities'],
    ];
  }

  next(): Access {
    if (this.random() < WRITE_SHARE) return this.random() < 0.8 ? this.vote() : this.renaming();
    let drawn = this.random();
    for (const [share, path] of this.reads) {
      drawn -= share;
      if (drawn < 0) return { method: 'GET', path: path() };
    }
    return { method: 'GET', path: '/communities' };
  }

  private votePath(): string {
    const { question, member } = this.drawVote();
    return `/questions/${question}/votes/${member}`;
  }

  private vote(): Access {
    const { question, member } = this.drawVote();
    const position = POSITIONS[Math.floor(this.random() * POSITIONS.length)];
    const body = JSON.stringify({ memberId: member, position });
    return { method: 'PUT', path: `/questions/${question}/votes`, body };
  }

  private renaming(): Access {
    this.renamings += 1;
    const body = JSON.stringify({ name: `A community, name ${this.renamings}` });
    return { method: 'PUT', path: `/communities/${this.community.draw()}`, body };
  }

  /** A vote that exists: not everybody was a member all the time. */
  private drawVote(): { question: number; member: number } {
    const question = this.question.draw();
    const line = this.rollCalls.votes[question - 1] ?? '';
    for (;;) {
      const member = this.member.draw();
      if (positionOf(Number(line[member - 1]))) return { question, member };
    }
  }
}

/** The lists that can be leafed through: all questions, those of a session, those with a result. */
function pages(rollCalls: RollCalls): string[] {
  const results = new Set(rollCalls.questions.map(({ result }) => result));
  const lists = [
    '',
    'session=1&',
    'session=2&',
    ...[...results].map((r) => `result=${encodeURIComponent(r)}&`),
  ];
  return lists.flatMap((list) => [1, 2, 3, 4, 5].map((page) => `/questions?${list}page=${page}`));
}
