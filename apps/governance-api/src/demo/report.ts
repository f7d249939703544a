import type { CacheFigures } from './cache-figures.js';
import type { Tally } from './tally.js';

/** One phase of the demo. */
export interface Phase {
  readonly tally: Tally;
  readonly elapsedMs: number;
}

/** What the demo measured. */
export interface Measured {
  readonly cached: Phase;
  readonly figures: CacheFigures;
  readonly uncached: Phase;
  readonly redis: boolean;
}

/** The table a person reads. */
export function table(measured: Measured): string {
  const { cached, uncached, figures } = measured;
  const share = (hits: number): string =>
    cached.tally.reads === 0 ? '-' : `${((hits / cached.tally.reads) * 100).toFixed(2)} %`;
  const rows: (readonly [string, string, string])[] = [
    ['', 'with the cache', 'without'],
    ['requests', count(cached.tally.requests), count(uncached.tally.requests)],
    ['  of them writes', count(cached.tally.writes), count(uncached.tally.writes)],
    ['failures', count(cached.tally.failed), count(uncached.tally.failed)],
    ['hit rate of the reads', share(cached.tally.reads - figures.loads), '-'],
    ['  from memory', share(figures.memoryHits), '-'],
    ['  from Redis', measured.redis ? share(figures.redisHits) : 'no Redis', '-'],
    ["  from another's load", share(figures.joined), '-'],
    ['loads', count(figures.loads), count(uncached.tally.reads)],
    ['requests per second', perSecond(cached), perSecond(uncached)],
    ['mean of all answers', mean(cached), mean(uncached)],
    ['p50 of the reads', ms(cached, 50), ms(uncached, 50)],
    ['p99 of the reads', ms(cached, 99), ms(uncached, 99)],
  ];
  return rows
    .map(([name, ...cells]) => `  ${name.padEnd(24)}${cells.map((cell) => cell.padStart(16)).join('')}`)
    .join('\n');
}

/**
 * The line a program reads. `requests` are the reads, which are what the cache can answer; `failed` counts reads and writes;
 * a read that joined another one's load is neither a hit nor a load, so those may be fewer than the reads.
 */
export function jsonLine({ cached: { tally }, figures, redis }: Measured): string {
  const hitRate = tally.reads === 0 ? 0 : 1 - figures.loads / tally.reads;
  return JSON.stringify({
    requests: tally.reads,
    failed: tally.failed,
    hitRate: round(hitRate, 6),
    memoryHits: figures.memoryHits,
    redisHits: figures.redisHits,
    loads: figures.loads,
    meanMs: round(tally.meanMs, 3),
    p50Ms: round(tally.percentile(50), 3),
    p99Ms: round(tally.percentile(99), 3),
    redis,
  });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function perSecond({ tally, elapsedMs }: Phase): string {
  return elapsedMs === 0 ? '-' : count(Math.round((tally.requests / elapsedMs) * 1_000));
}

function mean({ tally }: Phase): string {
  return `${tally.meanMs.toFixed(2)} ms`;
}

function ms({ tally }: Phase, percent: number): string {
  return `${tally.percentile(percent).toFixed(2)} ms`;
}
