import { createHash } from 'node:crypto';
import type { Clock } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import type { Changer, DerivedPlace, DerivedStore, Numbers } from '../contracts/derived-store.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import { newToken } from '../flight/lease.js';
import { Budget } from '../resilience/budget.js';
import type { CallContext } from './call-context.js';
import type { ChangeTarget } from './change-record.js';
import { isRefusal } from './delivery.js';
import { OVERTAKEN_MS, PATIENCE_MS } from './derived-reads.js';
import type { Partition, Partitions } from './partition.js';
import type { UnitOfWork } from './unit-of-work.js';

const POLL_MS = 5;

/** What changes work with. Times in milliseconds. */
export interface ChangeParts {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly context: CallContext;
  readonly maxWriteMs: number;
  readonly redisBudgetMs: number;
}

/** A target whose change is announced, or could not be. */
interface Begun {
  readonly target: ChangeTarget;
  readonly changer: Changer;
  readonly announced: boolean;
}

/**
 * Changes counters and rankings together with the database: announced before the write, ended with what it did after it.
 * What happened to a target of which that is not known is that it is removed, and counted anew by the next read.
 */
export class Changes {
  constructor(private readonly parts: ChangeParts) {}

  /**
   * Runs `work`, which writes to the database, between the two. `deltas` are asked for when it is done.
   * Never fails because Redis is away; rejects with what `work` throws.
   */
  async run<T>(targets: readonly ChangeTarget[], subject: string, work: () => Promise<T>): Promise<T> {
    const { context } = this.parts;
    const changer = { token: newToken(), subject: digest(subject) };
    const begun = await Promise.all(targets.map((target) => this.#begin(target, changer)));
    const { unit } = context;
    if (unit !== undefined) return this.#inUnit(unit, begun, work);
    try {
      const value = await work();
      await Promise.all(begun.map((one) => this.#end(one, one.target.deltas)));
      return value;
    } catch (error) {
      await Promise.all(begun.map((one) => this.#end(one, null)));
      throw error;
    }
  }

  /** Removes counters and rankings. Never rejects. */
  async drop(targets: readonly ChangeTarget[]): Promise<InvalidationOutcome> {
    const { unit } = this.parts.context;
    if (unit !== undefined) {
      unit.changes.push(() => this.drop(targets));
      return 'queued';
    }
    return worst(await Promise.all(targets.map((target) => this.#drop(target))));
  }

  /** What it did is not committed before the unit is: its targets are removed at the end of both, whichever is later. */
  async #inUnit<T>(unit: UnitOfWork, begun: readonly Begun[], work: () => Promise<T>): Promise<T> {
    const end = () => Promise.all(begun.map((one) => this.#end(one, null)));
    unit.changes.push(end);
    try {
      return await work();
    } finally {
      // nobody waited for it
      if (unit.ended) await end();
    }
  }

  async #begin(target: ChangeTarget, changer: Changer): Promise<Begun> {
    const { clock, maxWriteMs } = this.parts;
    const partition = this.#partition(target);
    const until = clock.now() + PATIENCE_MS;
    for (;;) {
      const waits = clock.now() < until;
      const options = { maxWriteMs, waits, overtakenMs: OVERTAKEN_MS };
      const done = await this.#step(partition, target.place, (derived) =>
        derived.begin(target.place, changer, options),
      );
      if (done?.ok !== true || done.value) return { target, changer, announced: done?.ok === true };
      await sleep(clock, POLL_MS);
    }
  }

  async #end({ target, changer, announced }: Begun, deltas: Numbers | null): Promise<InvalidationOutcome> {
    const { place, runtime } = target;
    const partition = this.#partition(target);
    // a server that is not asked for now is at least sent a removal: its connection may live, and nothing else would be sent
    const isAsked = announced && partition.store?.reachable(place.key) !== false;
    const done = isAsked ? await this.#commit(partition, place, changer, deltas) : undefined;
    if (done?.outcome !== 'confirmed') partition.removal?.leave(place, changer);
    const outcome = done?.outcome ?? (await this.#drop(target));
    runtime.recorder.record({ type: 'written', stored: done?.added === true });
    return outcome;
  }

  /** Ends a change on its server; `undefined` when that refuses it. Until there is an answer a removal is due. */
  async #commit(partition: Partition, place: DerivedPlace, changer: Changer, deltas: Numbers | null) {
    const { delivery } = partition;
    const noted = delivery?.note([{ kind: 'derived', name: place.key, ttlMs: 0 }]);
    const done = await this.#step(partition, place, async (derived) => {
      const added = await derived.commit(place, changer, deltas);
      delivery?.executed(noted);
      return added;
    });
    if (done?.ok === true) return { outcome: 'confirmed', added: done.value } as const;
    if (!isRefusal(done?.error)) return { outcome: 'queued', added: false } as const;
    delivery?.refused(noted);
    return undefined;
  }

  async #drop(target: ChangeTarget): Promise<InvalidationOutcome> {
    const { delivery, removal } = this.#partition(target);
    const { key } = target.place;
    if (removal === undefined) return 'confirmed';
    if (delivery !== undefined) return delivery.send([{ kind: 'derived', name: key, ttlMs: 0 }], undefined);
    await removal.drop(key);
    return 'confirmed';
  }

  #partition({ runtime }: ChangeTarget): Partition {
    return this.parts.partitions.named(runtime.partition);
  }

  async #step<T>(
    { store, derived }: Partition,
    { key }: DerivedPlace,
    work: (derived: DerivedStore) => Promise<T>,
  ) {
    if (derived === undefined) return undefined;
    const { clock, redisBudgetMs } = this.parts;
    const budget = new Budget(clock, redisBudgetMs, () => store?.timedOut(key));
    if (store?.reachable(key) === false) budget.exhaust();
    return budget.step(() => work(derived));
  }
}

/** A subject as it stands in the store: nothing of what it says. */
function digest(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url').slice(0, 22);
}
