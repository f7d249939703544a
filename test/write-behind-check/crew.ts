import { setTimeout as sleep } from 'node:timers/promises';
import { mutatedBy } from '../support/mutation.js';
import { spawnWorker } from '../support/workers.js';
import type { Post } from './application.js';
import type { KeeperMethods } from './keeper.worker.js';
import { MUTANTS } from './mutants.js';
import { Place } from './place.js';
import type { ReaderMethods, Seen } from './reader.worker.js';
import type { Stage } from './stage.js';
import type { Dead } from './verdict.js';
import type { WriterMethods } from './writer.worker.js';
import type { Written } from './writing.js';

/** What a crew is to do. */
export interface Orders {
  readonly seed: number;
  readonly rate: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly mutant: string | undefined;
}

const WRITERS = 3;
const KEEPERS = 2;
const POISON_EVERY = 400;
const FOLDER = 'write-behind-check';
const HAS_REDIS_EVERY_MS = 20;

/** The processes of a run: those that write, those that empty the logs, and one that reads. */
export class Crew {
  readonly writers = Array.from({ length: WRITERS }, () => new Place(() => this.#newWriter()));
  readonly keepers = Array.from({ length: KEEPERS }, () => new Place(() => this.#newKeeper()));
  readonly reader = new Place(() => this.#newReader());
  readonly #env: Record<string, string>;
  #count = 0;

  constructor(
    private readonly stage: Stage,
    private readonly orders: Orders,
  ) {
    const { mutant } = orders;
    this.#env = { ...mutatedBy(mutant === undefined ? undefined : MUTANTS[mutant]?.replacements) };
  }

  async start(): Promise<void> {
    await Promise.all(this.keepers.map((keeper) => keeper.refill()));
    await Promise.all(this.writers.map((writer) => writer.refill()));
    await this.reader.refill();
  }

  stopWriting(): Promise<readonly Written[]> {
    return Promise.all(this.writers.map(({ worker }) => worker.call('stop')));
  }

  stopReading(): Promise<Seen> {
    return this.reader.worker.call('stop');
  }

  async dead(): Promise<readonly Dead[]> {
    return (await this.keepers[0]?.worker.call('dead')) ?? [];
  }

  /** Resolves when Redis hears everybody again who is alive. */
  async haveRedis(): Promise<void> {
    for (const { worker } of [...this.writers, this.reader]) {
      // who dies meanwhile is replaced by somebody who knows nothing of the outage
      while (!(await worker.call('hasRedis').catch(() => true))) await sleep(HAS_REDIS_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.writers, ...this.keepers, this.reader].map((place) => place.stop()));
  }

  #newWriter() {
    const { rate, seed } = this.orders;
    const post = this.#post('writer', false);
    const worker = spawnWorker<WriterMethods>(`${FOLDER}/writer.worker.ts`, this.#env);
    const number = this.#count;
    const writing = {
      name: post.name,
      number,
      file: this.stage.fileOf(post.name),
      perSecond: rate / WRITERS,
      seed: seed + number,
      registerUrl: this.stage.registerUrl,
      poisonEvery: POISON_EVERY,
    };
    return { worker, working: worker.call('start', post).then(() => worker.call('begin', writing)) };
  }

  #newKeeper() {
    const worker = spawnWorker<KeeperMethods>(`${FOLDER}/keeper.worker.ts`, this.#env);
    return { worker, working: worker.call('start', this.#post('keeper', true)) };
  }

  #newReader() {
    const { seed } = this.orders;
    const worker = spawnWorker<ReaderMethods>(`${FOLDER}/reader.worker.ts`, this.#env);
    const begin = () => worker.call('begin', this.stage.registerUrl, seed);
    return { worker, working: worker.call('start', this.#post('reader', false)).then(begin) };
  }

  #post(role: string, works: boolean): Post {
    const { leaseMs, drainMs } = this.orders;
    const { redis, processDatabase: database } = this.stage;
    return { name: `${role}-${++this.#count}`, redisUrl: redis.url, database, leaseMs, drainMs, works };
  }
}
