import type { Clock, Timer } from '../contracts/clock.js';
import type { BehindHandler, WorkFigures } from '../contracts/behind-handler.js';
import type { LogPlace, WriteLog } from '../contracts/write-log.js';
import { withDeadline } from '../resilience/deadline.js';
import { Grasp } from './grasp.js';
import { Owner } from './owner.js';
import { shareOf } from './shares.js';
import { WorkTally } from './work-tally.js';

/** What the work on a region needs. */
export interface WorkParts {
  readonly log: WriteLog;
  readonly clock: Clock;
  /** How long a worker that died keeps its logs from the others, in milliseconds. */
  readonly leaseMs: number;
  readonly random: () => number;
  /** What is cached of these keys does not tell of what the database has. Must not throw. */
  readonly onStale: (region: string, keys: readonly string[]) => void;
}

/** A lease is asked for anew so often in its time. */
const ROUNDS_PER_LEASE = 5;
/** How long a close waits for the log to take note of it. */
const GOODBYE_MS = 500;

/**
 * The work of this process on the logs of one region: it says that it is there, empties the logs that fall to it, and gives
 * those back that do not any more.
 */
export class RegionWorkers {
  readonly #owners = new Map<number, Owner>();
  /** Those whose right is being asked for anew. */
  readonly #renewing = new WeakSet<Owner>();
  readonly #tally = new WorkTally();
  readonly #everyMs: number;
  /** Shorter than the lease by one round, so that a dead worker's logs are taken over within it. */
  readonly #holdMs: number;
  #partitions: number | undefined;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #closing = false;

  constructor(
    private readonly worker: string,
    private readonly handler: BehindHandler,
    private readonly parts: WorkParts,
  ) {
    this.#everyMs = parts.leaseMs / ROUNDS_PER_LEASE;
    this.#holdMs = parts.leaseMs - this.#everyMs;
  }

  get region(): string {
    return this.handler.region.name;
  }

  get figures(): WorkFigures {
    return this.#tally.figures(this.#owners.size);
  }

  open(): void {
    this.#timer = this.parts.clock.every(this.#everyMs, () => this.#begin());
    this.#begin();
  }

  /** Empties the logs that it has, and gives them back; what takes longer than `drainMs` is left. Resolves to whether that was so. */
  async close(drainMs: number): Promise<boolean> {
    this.#closing = true;
    const { clock, log } = this.parts;
    const owners = [...this.#owners];
    for (const [, { grasp }] of owners) grasp.end('when-empty');
    const ended = Promise.all(owners.map(([, owner]) => owner.ended)).then((all) => all.every(Boolean));
    const inTime = await withDeadline(clock, drainMs, ended).catch(() => false);
    this.#timer?.cancel();
    // first the handlers learn that it is over: from its release on a log may be another's
    for (const [, { grasp }] of owners) grasp.lose();
    const goodbye = [
      log.leave(this.region, this.worker),
      ...owners.map(([partition, { grasp }]) => log.release(this.#place(partition), grasp.grip)),
    ];
    await withDeadline(clock, GOODBYE_MS, Promise.allSettled(goodbye)).catch(() => undefined);
    this.#owners.clear();
    return inTime;
  }

  /** How many writes wait in all logs; `undefined` when nobody says. */
  async depth(): Promise<number | undefined> {
    const partitions = this.#partitions ?? this.handler.region.terms.partitions;
    const places = Array.from({ length: partitions }, (_, partition) => this.#place(partition));
    try {
      const asked = Promise.all(places.map((place) => this.parts.log.figures(place)));
      const figures = await withDeadline(this.parts.clock, GOODBYE_MS, asked);
      return figures.reduce((sum, { depth }) => sum + depth, 0);
    } catch {
      return undefined;
    }
  }

  #begin(): void {
    // each for itself: a server that gives no answer must not cost the logs of the others
    for (const [partition, owner] of this.#owners) void this.#renew(partition, owner);
    if (this.#round !== undefined) return;
    this.#round = this.#attempt(() => this.#look()).then(() => {
      this.#round = undefined;
    });
  }

  async #look(): Promise<void> {
    const { log } = this.parts;
    this.#partitions ??= await log.partitions(this.region, this.handler.region.terms.partitions);
    // whoever closes keeps what it has, takes nothing new, and is not a member again after it has left
    if (this.#closing) return;
    const workers = await log.attend(this.region, this.worker, this.#holdMs);
    const share = shareOf(this.worker, workers, this.#partitions);
    for (const [partition, { grasp }] of this.#owners)
      if (!share.includes(partition)) grasp.end('after-batch');
    const missing = share.filter((partition) => !this.#owners.has(partition));
    await Promise.all(missing.map((partition) => this.#claim(partition)));
  }

  async #renew(partition: number, owner: Owner): Promise<void> {
    if (this.#renewing.has(owner)) return;
    this.#renewing.add(owner);
    const { grasp } = owner;
    const { log, clock } = this.parts;
    const askedAt = clock.now();
    const renewed = await this.#attempt(() => log.renew(this.#place(partition), grasp.grip, this.#holdMs));
    if (renewed === true) grasp.prolong(askedAt + this.#holdMs);
    else if (renewed === false) grasp.lose();
    this.#renewing.delete(owner);
  }

  async #claim(partition: number): Promise<void> {
    const { log, clock, random } = this.parts;
    const place = this.#place(partition);
    const askedAt = clock.now();
    // by a name of its own each time: what an earlier grasp of this process still does is not this one's
    const owner = `${this.worker}/${partition}/${askedAt}`;
    const grip = await this.#attempt(() => log.claim(place, owner, this.#holdMs));
    if (grip === undefined) return;
    if (this.#closing) return void this.#attempt(() => log.release(place, grip));
    const grasp = new Grasp(grip, clock, askedAt + this.#holdMs);
    const onStale = (keys: readonly string[]) => this.parts.onStale(this.region, keys);
    const { handler } = this;
    const owning = new Owner({ log, place, handler, grasp, tally: this.#tally, random, onStale });
    this.#owners.set(partition, owning);
    void owning.ended.then(() => this.#ended(partition, owning));
  }

  async #ended(partition: number, owner: Owner): Promise<void> {
    // what closes gives all back together
    if (this.#closing || this.#owners.get(partition) !== owner) return;
    this.#owners.delete(partition);
    const { grasp } = owner;
    if (grasp.holds) await this.#attempt(() => this.parts.log.release(this.#place(partition), grasp.grip));
    grasp.lose();
  }

  #place(partition: number): LogPlace {
    return { region: this.region, partition };
  }

  /** What cannot be done now is tried again in the next round. */
  async #attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch {
      return undefined;
    }
  }
}
