import type { BehindHandler } from '../contracts/behind-handler.js';
import type { LogEntry, LogPlace, WriteLog } from '../contracts/write-log.js';
import { backoffMs } from '../resilience/backoff.js';
import type { BatchedWrite } from './batch.js';
import { batchOf } from './batch.js';
import { judge, reasonOf } from './failures.js';
import type { Grasp } from './grasp.js';
import type { WorkTally } from './work-tally.js';

/** What a handover works with. */
export interface HandoverParts {
  readonly log: WriteLog;
  readonly place: LogPlace;
  readonly handler: BehindHandler;
  readonly grasp: Grasp;
  readonly tally: WorkTally;
  readonly random: () => number;
  /** What is cached of these keys does not tell of what the database has. Must not throw. */
  readonly onStale: (keys: readonly string[]) => void;
}

const BACKOFF = { firstMs: 200, lastMs: 10_000 };
const UNREADABLE = 'unreadable';

/**
 * Brings what was taken from a log to the database, and then removes it from the log. The database comes first: whatever
 * happens in between, the same writes come again, with the same versions.
 */
export class Handover {
  constructor(private readonly parts: HandoverParts) {}

  /** Resolves when every entry is settled or buried, or the right to the log is lost. Never rejects. */
  async deliver(entries: readonly LogEntry[]): Promise<void> {
    const { writes, unreadable } = batchOf(entries, this.parts.handler);
    if (writes.length > 0) await this.#hand(writes, this.parts.handler.terms.attempts);
    // last, for what is buried frees its key to be loaded: by then the database has what was written before it
    for (const entry of unreadable) await this.#bury(entry, UNREADABLE);
  }

  /** `attempts`: how often it is tried with errors of which nobody knows what they mean. */
  async #hand(writes: readonly BatchedWrite[], attempts: number): Promise<void> {
    const { grasp, tally, random } = this.parts;
    let left = attempts;
    for (let attempt = 1; grasp.holds; attempt++) {
      const failure = await this.#call(writes, attempt);
      if (failure === undefined) return this.#done(writes);
      const verdict = judge(failure.error, this.parts.handler.terms.permanent);
      if (verdict === 'unknown') left--;
      if (verdict === 'permanent' || left <= 0)
        return this.#divide(writes, failure.error, verdict === 'permanent' ? attempts : 1);
      tally.retries++;
      await grasp.sleep(backoffMs(attempt, BACKOFF, random));
    }
  }

  async #call(writes: readonly BatchedWrite[], attempt: number): Promise<{ error: unknown } | undefined> {
    const { handler, place, grasp, tally } = this.parts;
    const batch = writes.map(({ write }) => write);
    const { signal, grip } = grasp;
    tally.batches++;
    try {
      await handler.write(batch, { ...place, fence: grip.fence, attempt, through: false, signal });
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** In halves, until what cannot be written stands alone. */
  async #divide(writes: readonly BatchedWrite[], error: unknown, attempts: number): Promise<void> {
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) return this.#giveUp(only, error, attempts);
    const middle = Math.ceil(writes.length / 2);
    await this.#hand(writes.slice(0, middle), attempts);
    await this.#hand(writes.slice(middle), attempts);
  }

  /**
   * An earlier write of the key, which this one stood for, is as acknowledged as it was: now it is the last. It gets there
   * before this one goes, whose mark keeps loads from what the database had before both.
   */
  async #giveUp({ entry, earlier }: BatchedWrite, error: unknown, attempts: number): Promise<void> {
    const [next, ...rest] = earlier;
    if (next !== undefined) await this.#hand([{ ...next, earlier: rest }], attempts);
    await this.#bury(entry, reasonOf(error));
  }

  async #bury(entry: LogEntry, reason: string): Promise<boolean> {
    const { log, place, grasp, tally, onStale } = this.parts;
    const buried = await this.#surely(() => log.bury(place, grasp.grip, entry, reason));
    if (!buried) return false;
    tally.buried++;
    // what somebody else has written into a log names no key
    if (entry.key !== '') onStale([entry.key]);
    return true;
  }

  async #done(writes: readonly BatchedWrite[]): Promise<void> {
    const { log, place, grasp, tally, onStale } = this.parts;
    const entries = writes.flatMap(({ entry, earlier }) => [...earlier.map((one) => one.entry), entry]);
    if (!(await this.#surely(() => log.settle(place, grasp.grip, entries)))) return;
    tally.applied += entries.length;
    tally.coalesced += entries.length - writes.length;
    const replayed = entries.filter((entry) => entry.replayed).map(({ key }) => key);
    if (replayed.length > 0) onStale(replayed);
  }

  /** A step with the log, until there is an answer; `false` when the right is not ours any more. */
  async #surely(step: () => Promise<boolean>): Promise<boolean> {
    const { grasp, tally, random } = this.parts;
    for (let attempt = 1; grasp.holds; attempt++) {
      try {
        if (await step()) return true;
        tally.fenced++;
        break;
      } catch {
        await grasp.sleep(backoffMs(attempt, BACKOFF, random));
      }
    }
    grasp.lose();
    return false;
  }
}
