import type { RecordableHistogram } from 'node:perf_hooks';
import { createHistogram } from 'node:perf_hooks';

const NS_PER_MS = 1_000_000;
const LONGEST_NS = 600 * 1_000 * NS_PER_MS;

/**
 * Whole nanoseconds, from a hit in memory up to ten minutes; longer times count as ten minutes.
 * Two significant figures bound the error of a percentile by one per cent. A third would cost several times the memory,
 * while microseconds would save little, for the size grows with the logarithm of the range, and lose the hits in memory.
 */
function newHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: LONGEST_NS, figures: 2 });
}

/** How long things took: count and sum exact, percentiles from a histogram that is made with the first record. */
export class Latency {
  count = 0;
  totalNs = 0;
  maxNs = 0;
  histogram: RecordableHistogram | undefined;

  /** `ms`: milliseconds, with fractions. */
  record(ms: number): void {
    // A recorder must not throw, and a histogram does at zero, at fractions and at NaN.
    const ns = ms > 0 ? Math.max(1, Math.round(ms * NS_PER_MS)) : 1;
    this.count++;
    this.totalNs += ns;
    if (ns > this.maxNs) this.maxNs = ns;
    this.histogram ??= newHistogram();
    this.histogram.record(Math.min(ns, LONGEST_NS));
  }
}

/** Mean and percentiles in milliseconds; `null` when nothing was timed. */
export interface LatencySummary {
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * Several latencies as one.
 * A histogram is memory outside the heap, which the collector does not see: one blend is made once and used again for every summary.
 */
export class LatencyBlend {
  #sum = newHistogram();
  #power = newHistogram();
  #spare = newHistogram();
  #count = 0;
  #totalNs = 0;
  #maxNs = 0;

  /** How many records it holds, multiplied ones included. */
  get count(): number {
    return Math.round(this.#count);
  }

  reset(): this {
    this.#sum.reset();
    this.#count = 0;
    this.#totalNs = 0;
    this.#maxNs = 0;
    return this;
  }

  add(latencies: Iterable<Latency>): this {
    for (const { histogram, count, totalNs, maxNs } of latencies) {
      if (histogram === undefined) continue;
      this.#sum.add(histogram);
      this.#count += count;
      this.#totalNs += totalNs;
      this.#maxNs = Math.max(this.#maxNs, maxNs);
    }
    return this;
  }

  /** Makes a sample stand for all: every record so far counts `factor` times (1 or more), in the percentiles rounded to a whole number. */
  multiply(factor: number): this {
    this.#count *= factor;
    this.#totalNs *= factor;
    [this.#power, this.#sum] = [this.#sum, this.#power];
    this.#sum.reset();
    // A histogram can only be added as a whole: the sum of its doublings, by the binary digits of the factor.
    for (let rest = Math.max(1, Math.round(factor)); rest > 0; rest >>= 1) {
      if (rest % 2 === 1) this.#sum.add(this.#power);
      this.#double();
    }
    return this;
  }

  summary(): LatencySummary {
    if (this.#count === 0) return { meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
    return {
      meanMs: toMs(this.#totalNs / this.#count),
      p50Ms: this.#percentileMs(50),
      p95Ms: this.#percentileMs(95),
      p99Ms: this.#percentileMs(99),
    };
  }

  #double(): void {
    this.#spare.reset();
    this.#spare.add(this.#power);
    this.#spare.add(this.#power);
    [this.#power, this.#spare] = [this.#spare, this.#power];
  }

  /** A histogram answers with the upper end of a bucket, which may lie above the longest time there was. */
  #percentileMs(percentile: number): number {
    return toMs(Math.min(this.#sum.percentile(percentile), this.#maxNs));
  }
}

function toMs(ns: number): number {
  return Math.round(ns) / NS_PER_MS;
}
