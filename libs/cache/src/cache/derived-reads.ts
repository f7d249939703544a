import type { Clock, Timer } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import type { DerivedPlace, DerivedStore, Numbers, RecountReply } from '../contracts/derived-store.js';
import type { UnstoredReason } from '../contracts/events.js';
import { ScopedStorage } from '../contracts/scoped-storage.js';
import { FIRST_POLL_MS, LAST_POLL_MS, newToken } from '../flight/lease.js';
import type { Step } from '../resilience/budget.js';
import { Budget } from '../resilience/budget.js';
import type { CallContext } from './call-context.js';
import type { Partition, Partitions } from './partition.js';
import { Rounds } from './rounds.js';
import type { StructureRuntime } from './structures.js';

/** How long changes wait for a count, and a count for changes that are under way, in milliseconds. */
export const PATIENCE_MS = 250;
/** For how long no count of a key may hold up changes after they did not wait any longer, in milliseconds. */
export const OVERTAKEN_MS = 5_000;
const MAX_READS = 3;

/** What reads of counters and rankings work with. Times in milliseconds. */
export interface DerivedReadParts {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly context: CallContext;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly maxWriteMs: number;
  readonly redisBudgetMs: number;
}

/** What a caller wants to read. */
export interface DerivedRead {
  readonly runtime: StructureRuntime;
  readonly place: DerivedPlace;
  /** 0: everything. */
  readonly limit: number;
  readonly count: () => Promise<Numbers>;
}

/** The right to count and keep it, or why it is not kept, or that it need not be counted. */
type Right =
  | { readonly kind: 'there' }
  | { readonly kind: 'granted'; readonly token: string; readonly epoch: string }
  | { readonly kind: 'unstored'; readonly why: UnstoredReason };

/** `undefined`: another has counted it. */
type Counted = { readonly numbers: Numbers; readonly loadMs: number } | undefined;

/**
 * Reads counters and rankings. Each read asks the server anew, and joins no question that is under way already: who reads
 * after a change was acknowledged must see it. Where nothing is kept it is counted in the database.
 */
export class DerivedReads {
  readonly #rounds: Rounds<Counted>;
  /** What is being counted in this asynchronous context: who counts it inside would wait for himself. */
  readonly #inside = new ScopedStorage<ReadonlySet<string>>();

  constructor(private readonly parts: DerivedReadParts) {
    this.#rounds = new Rounds(parts.clock, parts.waitMs);
  }

  async read(wanted: DerivedRead): Promise<Numbers> {
    const { clock, context } = this.parts;
    const { recorder } = wanted.runtime;
    // in a unit of work the database may show what is not committed
    if (context.unit !== undefined || this.#inside.current?.has(wanted.place.key) === true) {
      recorder.record({ type: 'bypassed' });
      return wanted.count();
    }
    const started = clock.now();
    for (let reads = 0; ; reads++) {
      const kept = await this.#kept(wanted);
      if (kept !== undefined) return this.#hit(wanted, kept, started);
      const work = () => (reads < MAX_READS ? this.#round(wanted) : this.#counted(wanted));
      const { answer, joined } = this.#rounds.run(wanted.place.key, work);
      const counted = await this.#settled(wanted, answer, started);
      if (counted === undefined) continue;
      const { numbers, loadMs } = counted;
      const ms = clock.now() - started;
      recorder.record(joined ? { type: 'joined', ms } : { type: 'loaded', ms, loadMs });
      return numbers;
    }
  }

  #hit({ runtime }: DerivedRead, numbers: Numbers, started: number): Numbers {
    const { clock, partitions } = this.parts;
    const ms = clock.now() - started;
    const { recorder } = runtime;
    if (partitions.named(runtime.partition).store !== undefined) recorder.record({ type: 'redis-hit', ms });
    else if (recorder.memoryHit()) recorder.memoryLatency(ms);
    return numbers;
  }

  async #settled({ runtime }: DerivedRead, answer: Promise<Counted>, started: number): Promise<Counted> {
    try {
      return await answer;
    } catch (error) {
      runtime.recorder.record({ type: 'load-error', ms: this.parts.clock.now() - started });
      throw error;
    }
  }

  async #kept({ runtime, place, limit }: DerivedRead): Promise<Numbers | undefined> {
    const partition = this.parts.partitions.named(runtime.partition);
    const done = await this.#step(partition, place.key, (derived) => derived.read(place, limit));
    return done?.ok === true ? done.value : undefined;
  }

  /** Counts, and keeps it if that is allowed. */
  async #round(wanted: DerivedRead): Promise<Counted> {
    const { runtime, place } = wanted;
    const partition = this.parts.partitions.named(runtime.partition);
    const right = await this.#right(partition, place);
    if (right.kind === 'there') return undefined;
    if (right.kind === 'unstored') {
      runtime.recorder.record({ type: 'unstored', why: right.why });
      return this.#counted(wanted);
    }
    const renewal = this.#renew(partition, place, right.token);
    try {
      const counted = await this.#counted(wanted);
      await this.#fill(partition, wanted, right, counted.numbers);
      return counted;
    } catch (error) {
      this.#release(partition, place, right.token);
      throw error;
    } finally {
      renewal.cancel();
    }
  }

  /** A right for which changes wait is kept alive for as long as it is counted. */
  #renew({ store, derived }: Partition, place: DerivedPlace, token: string): Timer {
    const { clock, leaseMs } = this.parts;
    return clock.every(leaseMs / 3, () => {
      if (store?.available(place.key) !== false) derived?.renew(place, token, leaseMs).catch(() => undefined);
    });
  }

  async #counted({ runtime, place, count }: DerivedRead) {
    const { clock, context } = this.parts;
    const started = clock.now();
    const inside = new Set([...(this.#inside.current ?? []), place.key]);
    try {
      // what it reads through the cache is asked of the server: it will be kept
      const numbers = await context.load(() => this.#inside.run(inside, count));
      return { numbers, loadMs: clock.now() - started };
    } catch (error) {
      runtime.recorder.record({ type: 'load-failed' });
      throw error;
    }
  }

  async #fill(
    partition: Partition,
    { runtime, place }: DerivedRead,
    { token, epoch }: { token: string; epoch: string },
    numbers: Numbers,
  ): Promise<void> {
    const { recorder } = runtime;
    if (place.kind === 'counters' && numbers.size > place.maxMembers) {
      recorder.record({ type: 'unstored', why: 'refused' });
      this.#release(partition, place, token);
      return;
    }
    const done = await this.#step(partition, place.key, (derived) =>
      derived.fill(place, { token, epoch }, numbers),
    );
    if (done?.ok === true && done.value) {
      recorder.record({ type: 'stored', bytes: 0 });
      return;
    }
    if (done?.ok !== true) this.#release(partition, place, token);
    recorder.record({ type: 'unstored', why: done?.ok === true ? 'fenced' : 'unavailable' });
  }

  /** Asks for the right to count until there is an answer that ends the wait. */
  async #right(partition: Partition, place: DerivedPlace): Promise<Right> {
    const { clock, leaseMs, maxWriteMs } = this.parts;
    const token = newToken();
    const started = clock.now();
    const request = { token, ms: leaseMs, patienceMs: PATIENCE_MS, maxWriteMs, overtakenMs: OVERTAKEN_MS };
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LAST_POLL_MS)) {
      const done = await this.#step(partition, place.key, (derived) => derived.recount(place, request));
      const reply = done?.ok === true ? done.value : undefined;
      const right = this.#settledBy(reply, token, clock.now() - started);
      // a right that was not heard of may be granted late; one that was reserved has held up changes long enough
      const overtaken = reply?.kind === 'changing' && reply.reserved;
      if (right?.kind === 'unstored') this.#release(partition, place, token, overtaken ? OVERTAKEN_MS : 0);
      if (right !== undefined) return right;
      await sleep(clock, pause);
    }
  }

  /** What a reply comes to, or `undefined` while it is worth asking again. */
  #settledBy(reply: RecountReply | undefined, token: string, waitedMs: number): Right | undefined {
    switch (reply?.kind) {
      case undefined:
        return { kind: 'unstored', why: 'unavailable' };
      case 'there':
        return reply;
      case 'granted':
        return { ...reply, token };
      case 'held':
        return waitedMs >= this.parts.waitMs ? { kind: 'unstored', why: 'waited' } : undefined;
      case 'changing':
        return reply.reserved && waitedMs < PATIENCE_MS ? undefined : { kind: 'unstored', why: 'writing' };
    }
  }

  #release(partition: Partition, place: DerivedPlace, token: string, overtakenMs = 0): void {
    if (partition.store?.reachable(place.key) === false) return;
    partition.derived?.release(place, token, overtakenMs).catch(() => undefined);
  }

  /** One step within the budget of a call; `undefined` where nothing is kept at all. */
  async #step<T>(
    { store, derived }: Partition,
    key: string,
    work: (derived: DerivedStore) => Promise<T>,
  ): Promise<Step<T> | undefined> {
    if (derived === undefined) return undefined;
    const { clock, redisBudgetMs } = this.parts;
    const budget = new Budget(clock, redisBudgetMs, () => store?.timedOut(key));
    if (store?.available(key) === false) budget.exhaust();
    return budget.step(() => work(derived));
  }
}
