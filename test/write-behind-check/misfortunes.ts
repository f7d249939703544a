import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../consistency/random.js';
import type { Crew } from './crew.js';
import type { Spot } from './gate.js';
import type { KeeperMethods } from './keeper.worker.js';
import type { Place } from './place.js';
import type { Stage } from './stage.js';

/** What went wrong on purpose, and how often. */
export interface Happened {
  kills: number;
  /** Of `kills`, those of workers in the middle of a handler's call. */
  killsInHand: number;
  /** Workers that were frozen in the middle of a handler's call for longer than their lease. */
  zombies: number;
  databaseOutages: number;
  redisCrashes: number;
  /** Workers that were ended in order while the database was away, and those of them that said how much is left. */
  terminations: number;
  reports: number;
}

/** Times of a run in milliseconds, and how many processes are to be killed in it. */
export interface Course {
  readonly wholeMs: number;
  readonly leaseMs: number;
  readonly databaseAwayMs: number;
  readonly redisAwayMs: number;
  readonly kills: number;
}

const REPORT = /write-behind: \d+ writes of 'checked\.cell' wait for the database/;
const AGAIN_MS = 50;

/** Everything that happens in a run: kills all the time, and one big misfortune after the other. */
export class Misfortunes {
  readonly happened: Happened = {
    kills: 0,
    killsInHand: 0,
    zombies: 0,
    databaseOutages: 0,
    redisCrashes: 0,
    terminations: 0,
    reports: 0,
  };
  /** When what began and ended, in milliseconds since 1970: to find out what a failure had to do with. */
  readonly timeline: string[] = [];
  readonly #replacements = new Set<Promise<void>>();

  constructor(
    private readonly stage: Stage,
    private readonly crew: Crew,
    private readonly random: Random,
    private readonly course: Course,
  ) {}

  /** Resolves when the time is over, everything is there again, and who died is replaced. */
  async run(): Promise<void> {
    await Promise.all([this.#kills(), this.#bigOnes()]);
    await Promise.all(this.#replacements);
  }

  /** All workers die at once, with whatever they have in hand. */
  async lastBlow(): Promise<void> {
    this.happened.kills += this.crew.keepers.length;
    await Promise.all(this.crew.keepers.map((keeper) => keeper.kill()));
  }

  async #kills(): Promise<void> {
    const { wholeMs, kills } = this.course;
    const began = performance.now();
    for (let done = 0; done < kills; done++) {
      const due = began + ((done + this.random.between(0.3, 0.9)) / kills) * wholeMs;
      await sleep(Math.max(0, due - performance.now()));
      const victim = await this.#victim(began + wholeMs);
      if (victim === undefined) return;
      this.happened.kills++;
      this.#note('somebody is killed');
      this.#replace(victim.kill());
    }
  }

  async #victim(until: number): Promise<{ kill(): Promise<void> } | undefined> {
    while (performance.now() < until) {
      const places = this.random.chance(0.5) ? this.crew.writers : this.crew.keepers;
      const free = places.filter(({ isFree }) => isFree);
      if (free.length > 0) return free[this.random.below(free.length)];
      await sleep(AGAIN_MS);
    }
    return undefined;
  }

  async #bigOnes(): Promise<void> {
    const began = performance.now();
    const at = (share: number) => sleep(Math.max(0, began + this.course.wholeMs * share - performance.now()));
    await at(0.05);
    await this.#deathInHand('before the database');
    await this.#deathInHand('after the database');
    await at(0.2);
    await this.#zombie(this.random.chance(0.5) ? 'before the database' : 'after the database');
    await at(0.4);
    await this.#databaseAway();
    await at(0.7);
    await this.#redisCrash();
    await at(0.85);
    await this.#zombie('before the database');
    await at(1);
  }

  /** A worker dies with a batch in hand that the database does not have yet, or has without the log's knowing. */
  async #deathInHand(spot: Spot): Promise<void> {
    await this.#inHand(spot, async (keeper) => {
      this.happened.kills++;
      this.happened.killsInHand++;
      this.#note(`a worker dies ${spot}`);
      await keeper.kill();
    });
  }

  async #zombie(spot: Spot): Promise<void> {
    await this.#inHand(spot, async ({ worker }) => {
      this.#note(`a worker freezes ${spot}`);
      worker.kill('SIGSTOP');
      await sleep(this.course.leaseMs * 2);
      worker.kill('SIGCONT');
      this.#note('it goes on');
      await worker.call('goOn');
      this.happened.zombies++;
    });
  }

  /** While the database is away logs fill, and a worker that is ended cannot empty them. */
  async #databaseAway(): Promise<void> {
    const { databaseAwayMs } = this.course;
    this.#note('the database goes');
    this.stage.databaseGoes();
    const back = sleep(databaseAwayMs).then(() => this.stage.databaseReturns());
    await sleep(databaseAwayMs / 4);
    await this.#inHand('before the database', async (keeper) => {
      const { worker } = keeper;
      await worker.call('goOn');
      this.#note('a worker is ended');
      worker.kill('SIGTERM');
      await worker.exited;
      this.happened.terminations++;
      if (REPORT.test(worker.output)) this.happened.reports++;
      await keeper.refill();
    });
    await back;
    this.#note('the database is back');
    this.happened.databaseOutages++;
  }

  async #redisCrash(): Promise<void> {
    const { redis, register } = this.stage;
    await register.turn();
    this.#note('Redis goes');
    await redis.kill();
    await sleep(this.course.redisAwayMs);
    await redis.restart();
    this.#note('Redis is back');
    await this.crew.haveRedis();
    this.#note('everybody has Redis');
    await register.turn();
    this.happened.redisCrashes++;
  }

  /** Does something to the first worker that comes to a spot of its handler; nothing else happens to it meanwhile. */
  async #inHand(spot: Spot, work: (keeper: Place<KeeperMethods>) => Promise<void>): Promise<void> {
    const until = performance.now() + this.course.wholeMs / 5;
    let candidates = this.#freeKeepers();
    while (candidates.length === 0 && performance.now() < until) {
      await sleep(AGAIN_MS);
      candidates = this.#freeKeepers();
    }
    for (const keeper of candidates) keeper.isTaken = true;
    try {
      const found = await this.#firstAt(spot, candidates, until - performance.now());
      for (const other of candidates.filter((one) => one !== found)) {
        other.isTaken = false;
        await other.worker.call('goOn');
      }
      if (found !== undefined) await work(found);
    } finally {
      for (const keeper of candidates) keeper.isTaken = false;
    }
  }

  async #firstAt(spot: Spot, keepers: readonly Place<KeeperMethods>[], waitMs: number) {
    const arrivals = keepers.map(async (keeper) => {
      await keeper.worker.call('hold', spot);
      return keeper;
    });
    return Promise.race([...arrivals, sleep(Math.max(0, waitMs), undefined)]);
  }

  #freeKeepers(): readonly Place<KeeperMethods>[] {
    return this.crew.keepers.filter(({ isFree }) => isFree);
  }

  #note(what: string): void {
    this.timeline.push(`${Date.now()} ${what}`);
  }

  #replace(replacing: Promise<void>): void {
    const one = replacing.finally(() => this.#replacements.delete(one));
    this.#replacements.add(one);
    one.catch(() => undefined);
  }
}
