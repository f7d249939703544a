import type { EvictJournal, Invalidation, Noted, Overtaken } from '../coherence/evict-journal.js';
import type { Clock } from '../contracts/clock.js';
import { isCacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { Confirmation, ResumedServer, Store } from '../contracts/store.js';
import { Budget } from '../resilience/budget.js';
import type { Removal } from './removal.js';

/** What a delivery works with. */
export interface DeliveryParts {
  readonly store: Store;
  readonly removal?: Removal | undefined;
  readonly journal: EvictJournal;
  readonly clock: Clock;
  readonly redisBudgetMs: number;
}

/** How much longer than for the server itself a replica is waited for; one that is slow says nothing about the server. */
const REPLICATION_MS = 1_000;

/** Invalidations that are replayed at once. */
const REPLAYED_AT_ONCE = 500;

/** Brings invalidations to the servers of a partition, and makes up for those that did not get there. */
export class Delivery {
  constructor(private readonly parts: DeliveryParts) {}

  /** Sends invalidations of one kind, and waits for the answer within the budget of a call. Never rejects. */
  async send(
    invalidations: readonly Invalidation[],
    confirm: Confirmation | undefined,
  ): Promise<InvalidationOutcome> {
    if (invalidations.length === 0) return 'confirmed';
    const { store, clock, redisBudgetMs } = this.parts;
    const noted = this.note(invalidations);
    const name = invalidations[0]?.name ?? '';
    const answer = this.#deliver(noted, confirm);
    // whether it can be reached is asked after sending: a server that comes back meanwhile would miss it otherwise
    if (!invalidations.every((one) => store.reachable(one.name))) {
      answer.catch(() => undefined);
      return 'queued';
    }
    const budget =
      confirm === undefined
        ? new Budget(clock, redisBudgetMs, () => store.timedOut(name))
        : new Budget(clock, redisBudgetMs + REPLICATION_MS);
    const step = await budget.step(() => answer);
    if (step.ok) return step.value ? 'confirmed' : 'queued';
    return isRefusal(step.error) ? 'failed' : 'queued';
  }

  /** Tells a log that the database has something newer. Without an answer it is told again before it is read from. Never rejects. */
  async overtake(name: string, overtaken: Overtaken): Promise<InvalidationOutcome> {
    const { store, clock, redisBudgetMs } = this.parts;
    const noted = this.note([{ kind: 'overtaken', name, ttlMs: 0, overtaken }]);
    const budget = new Budget(clock, redisBudgetMs, () => store.timedOut(name));
    if (!store.reachable(name)) budget.exhaust();
    const step = await budget.step(() => overtaken.send());
    if (step.ok) this.executed(noted);
    else if (isRefusal(step.error)) this.refused(noted);
    if (step.ok) return 'confirmed';
    return isRefusal(step.error) ? 'failed' : 'queued';
  }

  /** Notes what was to be removed without sending it again: the write that was to remove it did not get through. */
  note(invalidations: readonly Invalidation[]): readonly Noted[] {
    const { journal, store } = this.parts;
    const noted = journal.note(invalidations);
    // a server that hangs would go on without a greeting, and nobody could tell it any more
    for (const name of journal.takeDropped()) store.distrust(name);
    return noted;
  }

  /** What was noted was refused, and would be again. */
  refused(noted: readonly Noted[] | undefined): void {
    if (noted !== undefined) this.parts.journal.refused(noted);
  }

  /** What was noted got through after all. */
  executed(noted: readonly Noted[] | undefined): void {
    if (noted !== undefined) this.parts.journal.executed(noted);
  }

  /** Replays on a server what it may have missed; a new epoch must do where that is no longer known. */
  async resume(server: ResumedServer): Promise<'resume' | 'renew'> {
    const { journal } = this.parts;
    const { invalidations, complete } = journal.missedBy(server);
    // what a log says of a key must go before the key does: another process could load it again from there
    await this.#replayAll(invalidations.filter(isOvertaken));
    if (server.renewed === true) {
      journal.executed(invalidations);
      journal.renewed(server);
      return 'resume';
    }
    if (!complete) return 'renew';
    await this.#replayAll(invalidations.filter((one) => !isOvertaken(one)));
    return 'resume';
  }

  async #replayAll(all: readonly Noted[]): Promise<void> {
    for (let from = 0; from < all.length; from += REPLAYED_AT_ONCE) {
      const some = all.slice(from, from + REPLAYED_AT_ONCE);
      await Promise.all(some.map((one) => this.#replay(one)));
    }
  }

  /** What a server refuses it would refuse each time, and must not keep it from ever being used again. */
  async #replay(noted: Noted): Promise<void> {
    try {
      await this.#execute([noted], undefined);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  /** Keys one by one, which is how they are sent: one may be refused while the server of another does not answer. */
  async #deliver(noted: readonly Noted[], confirm: Confirmation | undefined): Promise<boolean> {
    if (noted[0]?.kind === 'tag') return this.#execute(noted, confirm);
    const outcomes = await Promise.allSettled(noted.map((one) => this.#execute([one], confirm)));
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (failures.length > 0) throw failures.find(isRefusal) ?? failures[0];
    return outcomes.every((one) => one.status === 'fulfilled' && one.value);
  }

  /** A late answer counts as well: then nothing has to be replayed. */
  async #execute(noted: readonly Noted[], confirm: Confirmation | undefined): Promise<boolean> {
    const { journal } = this.parts;
    try {
      const sure = await this.#command(noted, confirm);
      journal.executed(noted);
      return sure;
    } catch (error) {
      // of several tags, the servers of some may have refused and others not answered: each is asked again, alone
      if (isRefusal(error) && noted.length === 1) journal.refused(noted);
      throw error;
    }
  }

  /** What was loaded from the log before it was told is older as well. */
  async #overtake({ overtaken }: Noted): Promise<void> {
    if (overtaken === undefined) return;
    await overtaken.send();
    await this.send([{ kind: 'key', name: overtaken.key, ttlMs: 0 }], undefined);
  }

  async #command(noted: readonly Noted[], confirm: Confirmation | undefined): Promise<boolean> {
    const { store, removal } = this.parts;
    const names = noted.map(({ name }) => name);
    switch (noted[0]?.kind) {
      case 'key':
        return store.evict(names, confirm);
      case 'derived':
        await Promise.all(removal === undefined ? [] : names.map((name) => removal.drop(name)));
        return true;
      case 'overtaken':
        await Promise.all(noted.map((one) => this.#overtake(one)));
        return true;
      default:
        return store.invalidateTags(names, Math.max(...noted.map(({ ttlMs }) => ttlMs)), confirm);
    }
  }
}

function isOvertaken({ kind }: Noted): boolean {
  return kind === 'overtaken';
}

/** A server that answers with an error would do so again; one that does not answer, or cannot now, may have it replayed. */
export function isRefusal(error: unknown): boolean {
  return isCacheError(error) && error.code === 'REDIS_REFUSED';
}
