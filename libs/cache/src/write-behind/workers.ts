import { randomBytes } from 'node:crypto';
import type { BehindHandler, WorkFigures } from '../contracts/behind-handler.js';
import type { Reporter } from '../contracts/events.js';
import type { WriteLog } from '../contracts/write-log.js';
import type { WorkParts } from './region-workers.js';
import { RegionWorkers } from './region-workers.js';

/** What workers need. */
export interface WorkersParts extends Omit<WorkParts, 'random' | 'log'> {
  readonly logOf: (region: string) => WriteLog;
  readonly reporter: Reporter;
  readonly random?: () => number;
}

/** Of a process that empties no log of a region. */
export const NO_WORK: WorkFigures = {
  applied: 0,
  coalesced: 0,
  batches: 0,
  retries: 0,
  buried: 0,
  fenced: 0,
  owned: 0,
};

/** The work of this process: for each handler, the logs of its region. */
export class Workers {
  readonly #regions: readonly RegionWorkers[];
  readonly #reporter: Reporter;

  constructor(handlers: readonly BehindHandler[], parts: WorkersParts) {
    const { logOf, reporter, random = Math.random, clock, leaseMs, onStale } = parts;
    const worker = randomBytes(9).toString('base64url');
    this.#reporter = reporter;
    this.#regions = handlers.map(
      (handler) =>
        new RegionWorkers(worker, handler, {
          log: logOf(handler.region.name),
          clock,
          leaseMs,
          onStale,
          random,
        }),
    );
  }

  open(): void {
    for (const region of this.#regions) region.open();
  }

  /** Empties the logs of this process until `drainMs` have passed, and says what is left. Never rejects. */
  async close(drainMs: number): Promise<void> {
    await Promise.all(this.#regions.map((region) => this.#close(region, drainMs)));
  }

  figures(region: string): WorkFigures {
    return this.#regions.find((one) => one.region === region)?.figures ?? NO_WORK;
  }

  async #close(region: RegionWorkers, drainMs: number): Promise<void> {
    const inTime = await region.close(drainMs);
    const left = inTime ? 0 : await region.depth();
    if (inTime) return;
    const some = left === undefined ? 'writes' : `${left} writes`;
    this.#reporter.info(
      `write-behind: ${some} of '${region.region}' wait for the database; another worker, or the next start, brings them there`,
    );
  }
}
