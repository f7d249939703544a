import { describe, expect, it } from '@jest/globals';
import { Latency, LatencyBlend } from './latency.js';

function latency(...ms: number[]): Latency {
  const recorded = new Latency();
  for (const one of ms) recorded.record(one);
  return recorded;
}

function summary(...latencies: Latency[]) {
  return new LatencyBlend().add(latencies).summary();
}

/** Within the one per cent that a histogram promises. */
function expectNear(actual: number | null, expected: number): void {
  expect(actual).not.toBeNull();
  expect(Math.abs((actual ?? NaN) - expected)).toBeLessThanOrEqual(expected * 0.01);
}

describe('Latency', () => {
  it('has no histogram until something is recorded', () => {
    expect(new Latency().histogram).toBeUndefined();
    expect(latency(1).histogram).toBeDefined();
  });

  it.each([
    ['a hit in memory', 0.0002],
    ['a microsecond', 0.001],
    ['a Redis read', 0.35],
    ['a second', 1_000],
    ['a load of a minute', 60_000],
    ['nearly ten minutes', 599_000],
  ])('keeps the unit for %s', (_what, ms) => {
    const { meanMs, p50Ms, p99Ms } = summary(latency(ms, ms, ms));
    expect(meanMs).toBeCloseTo(ms, 6);
    expectNear(p50Ms, ms);
    expectNear(p99Ms, ms);
  });

  it('gives the percentiles of known values, within one per cent', () => {
    const { meanMs, p50Ms, p95Ms, p99Ms } = summary(
      latency(...Array.from({ length: 1_000 }, (_, i) => i + 1)),
    );
    expect(meanMs).toBe(500.5);
    expectNear(p50Ms, 500);
    expectNear(p95Ms, 950);
    expectNear(p99Ms, 990);
  });

  it('never gives a percentile above the longest time', () => {
    expect(summary(latency(1.0001)).p99Ms).toBe(1.0001);
  });

  it.each([0, -5, NaN, -Infinity, 0.0000001])('takes %d for the shortest time', (ms) => {
    expect(summary(latency(ms))).toEqual({
      meanMs: 0.000001,
      p50Ms: 0.000001,
      p95Ms: 0.000001,
      p99Ms: 0.000001,
    });
  });

  it('keeps the mean exact beyond its range, and the percentiles at its end', () => {
    const { meanMs, p99Ms } = summary(latency(1_200_000));
    expect(meanMs).toBe(1_200_000);
    expectNear(p99Ms, 600_000);
  });
});

describe('LatencyBlend', () => {
  it('says null about nothing', () => {
    expect(summary()).toEqual({ meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null });
    expect(summary(new Latency())).toEqual({ meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null });
  });

  it('blends several latencies into one and forgets them on reset', () => {
    const blend = new LatencyBlend().add([latency(1, 1), latency(10, 10, 10)]);
    expect(blend.count).toBe(5);
    expect(blend.summary().meanMs).toBe(6.4);
    expectNear(blend.summary().p50Ms, 10);
    expect(blend.reset().count).toBe(0);
    expect(blend.add([latency(2)]).summary().meanMs).toBe(2);
  });

  it.each([1, 2, 3, 7, 31, 32.5, 63, 64])('lets a sample count %d times', (factor) => {
    const blend = new LatencyBlend()
      .add([latency(1, 2)])
      .multiply(factor)
      .add([latency(100, 100, 100)]);
    const ones = Math.round(factor);
    expect(blend.count).toBe(2 * factor + 3);
    expect(blend.summary().meanMs).toBeCloseTo((3 * factor + 300) / (2 * factor + 3), 5);
    const all = [...Array<number>(ones).fill(1), ...Array<number>(ones).fill(2), 100, 100, 100];
    expectNear(blend.summary().p50Ms, all[Math.ceil(all.length / 2) - 1] ?? NaN);
    expectNear(blend.summary().p95Ms, all[Math.ceil(all.length * 0.95) - 1] ?? NaN);
  });
});
