import { setTimeout as sleep } from 'node:timers/promises';
import { spawnWorker } from '../support/workers.js';
import type { Worker } from '../support/workers.js';
import type { ConsistencyMethods } from './consistency.worker.js';
import type { History } from './history.js';
import type { Post } from './scenario.js';
import type { Rest } from './verdict.js';

/** A process of the company. */
export interface Member {
  /** Distinct for every process there ever was. */
  readonly id: number;
  readonly role: Post['role'];
  readonly place: number;
  readonly worker: Worker<ConsistencyMethods>;
}

/** What every member is told; the rest follows from its place. */
export interface Orders extends Pick<Post, 'places' | 'seed' | 'database' | 'scenario'> {
  /** How a member reaches Redis. */
  readonly redisOf: (role: Post['role'], place: number) => Post['redis'];
}

const DRAIN_EVERY_MS = 300;
/** A read or write that takes longer will never end. */
const PATIENCE_MS = 40_000;

/** The processes of a run, whose logs are collected while they work. */
export class Company {
  readonly #members: Member[] = [];
  readonly #auditors = new Set<number>();
  #collecting = true;
  readonly #collections = new Map<Member, Promise<void>>();

  constructor(
    private readonly orders: Orders,
    private readonly history: History,
    /** Added to the environment of every process. */
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  get workers(): readonly Member[] {
    return this.#members.filter(({ role }) => role === 'worker');
  }

  get auditors(): ReadonlySet<number> {
    return this.#auditors;
  }

  /** Starts the auditor and a worker for every place, and lets them begin together. */
  async begin(): Promise<void> {
    const auditor = this.#enlist('auditor', 0);
    const workers = Array.from({ length: this.orders.places }, (_, place) => this.#enlist('worker', place));
    const members = await Promise.all([auditor, ...workers]);
    await Promise.all(members.map(({ worker }) => worker.call('begin')));
  }

  /** Kills the worker of a place, as a crash would; what it had not handed over is lost. */
  async kill(place: number): Promise<void> {
    const member = this.workers.find((one) => one.place === place);
    if (member === undefined) return;
    this.#members.splice(this.#members.indexOf(member), 1);
    member.worker.kill('SIGKILL');
    await member.worker.exited;
  }

  /** Starts a worker at a place that has none. */
  async replace(place: number): Promise<void> {
    const member = await this.#enlist('worker', place);
    await member.worker.call('begin');
  }

  /** Resolves when every write has ended and its outcome is known. */
  async endWrites(): Promise<void> {
    await this.#all('endWrites');
  }

  /** Resolves when every read has been answered and everything that was logged is in the history. */
  async endReads(): Promise<void> {
    await this.#all('endReads');
    this.#collecting = false;
    await Promise.all(this.#collections.values());
    await Promise.all(this.#members.map((member) => this.#collect(member)));
  }

  /** What every process has of every cell. */
  async rest(): Promise<Rest[]> {
    const found = await Promise.all(
      this.#members.map(async ({ id, worker }) =>
        (await worker.call('inspect')).map(([cell, version]) => ({ process: id, cell, version })),
      ),
    );
    return found.flat();
  }

  async stop(): Promise<void> {
    this.#collecting = false;
    await Promise.all(this.#members.map(({ worker }) => worker.stop()));
  }

  async #enlist(role: Post['role'], place: number): Promise<Member> {
    const worker = spawnWorker<ConsistencyMethods>('consistency/consistency.worker.ts', {
      ...this.env,
      CONSISTENCY_ROLE: role,
    });
    const id = this.#collections.size + 1;
    const member = { id, role, place, worker };
    this.#collections.set(member, Promise.resolve());
    this.#members.push(member);
    if (role === 'auditor') this.#auditors.add(id);
    const { redisOf, seed, ...orders } = this.orders;
    await worker.call('start', { ...orders, role, place, seed: seed + id, redis: redisOf(role, place) });
    this.#collections.set(member, this.#collectAll(member));
    return member;
  }

  async #collectAll(member: Member): Promise<void> {
    while (this.#collecting && this.#members.includes(member)) {
      try {
        await this.#collect(member);
      } catch (error) {
        // a process that was killed answers no more; any other end is a failure of the run
        if (this.#collecting && this.#members.includes(member)) throw error;
      }
      await sleep(DRAIN_EVERY_MS);
    }
  }

  async #collect({ id, worker }: Member): Promise<void> {
    this.history.add(id, await worker.call('drain'));
  }

  async #all(method: 'endWrites' | 'endReads'): Promise<void> {
    const patience = sleep(PATIENCE_MS, 'late' as const, { ref: false });
    const ended = Promise.all(this.#members.map(({ worker }) => worker.call(method)));
    if ((await Promise.race([ended, patience])) === 'late')
      throw new Error(`${method}: something has not ended in ${PATIENCE_MS} ms`);
  }
}
