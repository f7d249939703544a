import type { Clock, Timer } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import type { Recorder, Reporter } from '../contracts/events.js';
import type { Maintenance } from '../contracts/maintenance.js';
import { SweepReport } from '../contracts/sweep-report.js';
import type { Partitions } from './partition.js';

/** How long the servers rest between two portions of a sweep. */
const REST_MS = 10;
/** So many times the interval of sweeps a version counts as running that nobody announces any more. */
const ANNOUNCED_FOR = 3;

/** When sweeps are made. */
export interface SweepOptions {
  readonly everyMs: number;
  /** `false`: only when they are asked for. */
  readonly regularly: boolean;
}

/** What sweeps work with. */
export interface SweepParts {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
}

/**
 * Removes from the servers what nobody will ever ask for again: entries of versions of the application that run nowhere, and
 * companions that no rule would remove. Every instance says all the while which version it is, also where it does not sweep.
 */
export class Sweeps {
  #timer: Timer | undefined;
  #closed = false;
  #running: Promise<SweepReport> | undefined;

  constructor(
    private readonly parts: SweepParts,
    private readonly options: SweepOptions,
  ) {}

  /** It says which version it is as soon as a server is greeted: `announce` is called then. */
  open(): void {
    const { clock } = this.parts;
    if (this.#maintained.length === 0) return;
    this.#timer = clock.every(this.options.everyMs, () => {
      this.announce();
      if (this.options.regularly) void this.#next(false);
    });
  }

  /** Says which version this is. A server that cannot be told now is told when it is greeted, or the next time. */
  announce(): void {
    for (const maintenance of this.#maintained)
      maintenance.announce(this.options.everyMs * ANNOUNCED_FOR).catch(() => undefined);
  }

  /** Sweeps all partitions now, whoever did so lately. Never rejects. */
  now(): Promise<SweepReport> {
    return this.#next(true);
  }

  /** Ends a sweep that runs. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  get #maintained(): readonly Maintenance[] {
    return this.parts.partitions.all.flatMap(({ maintenance }) => maintenance ?? []);
  }

  /** One after the other. One that is due is left out while another runs. */
  async #next(force: boolean): Promise<SweepReport> {
    if (!force && this.#running !== undefined) return new SweepReport();
    const before = this.#running;
    const running = (async () => {
      await before;
      return this.#sweep(force);
    })();
    this.#running = running;
    const report = await running;
    if (this.#running === running) this.#running = undefined;
    return report;
  }

  async #sweep(force: boolean): Promise<SweepReport> {
    const { clock, recorder, reporter } = this.parts;
    const { everyMs } = this.options;
    const report = new SweepReport();
    const isCancelled = () => this.#closed;
    const order = { everyMs: Math.ceil(everyMs), force, isCancelled, pause: () => sleep(clock, REST_MS) };
    for (const maintenance of this.#maintained) {
      if (!isCancelled()) report.add(await maintenance.sweep(order).catch(failedReport));
    }
    report.cancelled ||= isCancelled();
    const { entries, orphaned, failed } = report;
    if (report.scanned > 0 || failed > 0)
      recorder.record({ type: 'swept', entries, orphans: orphaned, unknown: report.unknown, failed });
    if (entries + orphaned > 0) {
      const versions = Object.keys(report.versions).join(', ');
      const old =
        entries > 0 ? `${entries} entries and leases of versions that run nowhere (${versions}), ` : '';
      reporter.info(`swept Redis: removed ${old}${orphaned} keys that had no end`);
    }
    return report;
  }
}

function failedReport(): SweepReport {
  const report = new SweepReport();
  report.failed = 1;
  return report;
}
