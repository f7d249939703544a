import { backoffMs } from '../resilience/backoff.js';
import type { HandoverParts } from './handover.js';
import { Handover } from './handover.js';

const BACKOFF = { firstMs: 100, lastMs: 2_000 };

/** Empties one log for as long as it may: the oldest writes first, a batch at a time. */
export class Owner {
  readonly #handover: Handover;
  /** Settles when the last batch has ended; to `false` when it ends with a log that gives no answer, of which nobody knows what is in it. */
  readonly ended: Promise<boolean>;

  constructor(private readonly parts: HandoverParts) {
    this.#handover = new Handover(parts);
    this.ended = this.#run();
  }

  get grasp(): HandoverParts['grasp'] {
    return this.parts.grasp;
  }

  async #run(): Promise<boolean> {
    const { grasp, handler, random } = this.parts;
    const { batch, maxDelayMs } = handler.terms;
    let failures = 0;
    while (grasp.holds && grasp.ending !== 'after-batch') {
      const taken = await this.#take();
      if (taken === 'unanswered') {
        if (grasp.ending !== undefined) return false;
        await grasp.pause(backoffMs(++failures, BACKOFF, random));
        continue;
      }
      failures = 0;
      if (taken === 0 && grasp.ending !== undefined) return true;
      if (taken < batch) await grasp.pause(maxDelayMs);
    }
    return true;
  }

  /** Takes and delivers; gives how many writes there were. */
  async #take(): Promise<number | 'unanswered'> {
    const { log, place, grasp, handler, tally } = this.parts;
    try {
      const entries = await log.take(place, grasp.grip, handler.terms.batch);
      if (entries === undefined) {
        tally.fenced++;
        grasp.lose();
        return 0;
      }
      if (entries.length > 0) await this.#handover.deliver(entries);
      return entries.length;
    } catch {
      return 'unanswered';
    }
  }
}
