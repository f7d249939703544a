import { createHistogram } from 'node:perf_hooks';

/** What the driver saw of one phase. */
export class Tally {
  reads = 0;
  writes = 0;
  failed = 0;
  /** What went wrong first, for a person to read. */
  firstFailure: string | undefined;
  private readonly latency = createHistogram();
  private readonly writing = createHistogram();

  get requests(): number {
    return this.reads + this.writes;
  }

  /** A request was answered. Reads and writes are timed apart: a cache cannot make a commit faster. */
  answered(write: boolean, ms: number): void {
    if (write) this.writes += 1;
    else this.reads += 1;
    (write ? this.writing : this.latency).record(Math.max(1, Math.round(ms * 1e6)));
  }

  /** A request was refused, or its connection broke. */
  failure(write: boolean, what: string): void {
    if (write) this.writes += 1;
    else this.reads += 1;
    this.failed += 1;
    this.firstFailure ??= what;
  }

  /** The mean of all answers, reads and writes, in milliseconds; 0 without any. */
  get meanMs(): number {
    const { latency, writing } = this;
    const answers = latency.count + writing.count;
    const sum = (one: typeof latency) => (one.count === 0 ? 0 : one.mean * one.count);
    return answers === 0 ? 0 : (sum(latency) + sum(writing)) / answers / 1e6;
  }

  /** The latency that this share of the reads, in percent, did not exceed, in milliseconds; 0 without reads. */
  percentile(percent: number): number {
    return this.latency.count === 0 ? 0 : this.latency.percentile(percent) / 1e6;
  }
}
