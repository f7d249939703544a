import { describe, expect, it } from '@jest/globals';
import type { RegionEvent } from '../contracts/events.js';
import { systemClock } from '../contracts/clock.js';
import { Figures } from './figures.js';
import { StatsReport } from './stats-report.js';
import type { RegionStats, StatsSource } from './stats.js';

const SOURCE: StatsSource = {
  redis: () => ({ configured: true, connected: true, breaker: 'closed', commandsInFlight: 3, degraded: [] }),
  servers: { latest: null, refresh: () => Promise.resolve() },
  channel: () => ({ open: true }),
  memory: () => ({ items: 5, bytes: 600, maxItems: 10, maxBytes: 1_000 }),
  warnings: () => ({ 'invalid-entry:a': 2 }),
  writeBehind: {
    latest: {
      'activity.views': {
        depth: 7,
        maxDepth: 100,
        oldestMs: 12.4,
        deadLetters: undefined,
        accepted: { queued: 20, through: 1, refused: 2 },
        work: { applied: 12, coalesced: 3, batches: 4, retries: 5, buried: 1, fenced: 6, owned: 8 },
      },
    },
    refresh: () => Promise.resolve(),
    degradedAfterMs: 30_000,
  },
};

function setup() {
  const figures = new Figures({ ...systemClock, wall: () => 0, now: () => 0 }, 'me');
  const report = new StatsReport(figures, SOURCE);
  const hits = (region: string, count: number, ms = 0.001) => {
    for (let i = 0; i < count; i++)
      if (figures.region(region).memoryHit()) figures.region(region).memoryLatency(ms);
  };
  const events = (region: string, count: number, event: RegionEvent) => {
    for (let i = 0; i < count; i++) figures.region(region).record(event);
  };
  return { figures, report, hits, events, instance: () => report.stats().instance };
}

function near(value: number | null | undefined): number | null | undefined {
  return typeof value === 'number' ? Number(value.toPrecision(2)) : value;
}

const LOADED: RegionEvent = { type: 'loaded', ms: 101, loadMs: 100 };

describe('StatsReport', () => {
  it('counts every request once, by what answered it', () => {
    const { hits, events, instance } = setup();
    hits('a', 60);
    events('a', 20, { type: 'redis-hit', ms: 1 });
    events('a', 7, { type: 'joined', ms: 50 });
    events('a', 3, { type: 'stale', ms: 5, why: 'failed' });
    events('a', 8, LOADED);
    events('a', 2, { type: 'load-error', ms: 5 });
    // one failed with both of those requests, one where a stale value answered
    events('a', 2, { type: 'load-failed' });
    events('a', 4, { type: 'refreshed', loadMs: 100 });
    events('a', 1_000, { type: 'bypassed' });
    events('a', 500, { type: 'warmed', loadMs: 100 });
    events('a', 5, { type: 'warming-failed' });
    expect(instance().regions.a).toMatchObject({
      requests: 100,
      hits: 90,
      misses: 10,
      memoryHits: 60,
      redisHits: 20,
      joined: 7,
      stale: 3,
      loads: 14,
      refreshed: 4,
      loadsFailed: 2,
      loadErrors: 2,
      bypassed: 1_000,
      warmed: 500,
      warmingFailed: 5,
      hitRate: 0.86,
      errorRate: 0.02,
    });
  });

  it('has no rates where nothing was asked for, even if calls went by', () => {
    const { figures, events, instance } = setup();
    figures.region('idle');
    events('passed', 5, { type: 'bypassed' });
    for (const name of ['idle', 'passed']) {
      expect(instance().regions[name]).toMatchObject({
        requests: 0,
        hitRate: null,
        errorRate: null,
        meanMs: null,
      });
    }
    expect(instance().totals).toMatchObject({ requests: 0, bypassed: 5, hitRate: null, p99Ms: null });
  });

  it('gives latency by tier, in milliseconds', () => {
    const { hits, events, instance } = setup();
    hits('a', 128, 0.0005);
    events('a', 10, { type: 'redis-hit', ms: 2 });
    events('a', 4, LOADED);
    const tiers = instance().regions.a?.tiers;
    expect(tiers?.memory).toMatchObject({ count: 128, timed: 2, meanMs: 0.0005, p99Ms: 0.0005 });
    expect(tiers?.redis).toMatchObject({ count: 10, timed: 10, meanMs: 2, p50Ms: 2, p99Ms: 2 });
    expect(tiers?.load).toMatchObject({ count: 4, timed: 4, meanMs: 100 });
  });

  it('lets the sampled hits stand for all of them in the response times', () => {
    const { hits, events, instance } = setup();
    hits('a', 960, 1);
    events('a', 40, { type: 'redis-hit', ms: 26 });
    const { meanMs, p50Ms, p95Ms, p99Ms } = instance().regions.a as RegionStats;
    expect(meanMs).toBeCloseTo((960 * 1 + 40 * 26) / 1_000, 6);
    expect([near(p50Ms), near(p95Ms), near(p99Ms)]).toEqual([1, 1, 26]);
  });

  it('tells routes and values apart, and adds both up', () => {
    const { hits, events, instance } = setup();
    hits('http:a', 100);
    events('http:a', 10, LOADED);
    hits('a', 5);
    events('a', 5, LOADED);
    events('b', 3, { type: 'unstored', why: 'fenced' });
    const { routes, values, totals, regions } = instance();
    expect(Object.keys(regions)).toEqual(['http:a', 'a', 'b']);
    expect(routes).toMatchObject({ requests: 110, memoryHits: 100, loads: 10, unstored: { fenced: 0 } });
    expect(values).toMatchObject({ requests: 10, memoryHits: 5, loads: 5, unstored: { fenced: 3 } });
    expect(totals).toMatchObject({ requests: 120, memoryHits: 105, loads: 15, unstored: { fenced: 3 } });
    expect(totals.tiers.load).toMatchObject({ count: 15, timed: 15, meanMs: 100 });
  });

  it('tells what is known of Redis, channel, memory, tags and warnings', () => {
    const { figures, instance } = setup();
    figures.record({ type: 'redis-connected' });
    figures.record({ type: 'swept', entries: 3, orphans: 2, unknown: 7, failed: 1 });
    figures.record({ type: 'redis-failure', kind: 'command', reason: 'OOM' });
    figures.record({ type: 'channel-gap', reason: 'closed' });
    figures.record({ type: 'tags-invalidated', tags: 2, confirmed: false });
    const { totals, routes, values, regions, ...rest } = instance();
    expect([totals, routes, values].map(({ requests }) => requests)).toEqual([0, 0, 0]);
    expect(regions).toEqual({});
    expect(rest).toEqual({
      id: 'me',
      startedAt: '1970-01-01T00:00:00.000Z',
      uptimeMs: 0,
      redis: {
        configured: true,
        connected: true,
        breaker: 'closed',
        commandsInFlight: 3,
        degraded: [],
        connections: 1,
        connectionsLost: 0,
        breakerOpenings: 0,
        newEpochs: 0,
        connectionFailures: {},
        commandFailures: { OOM: 1 },
        servers: null,
        sweeps: { rounds: 1, entries: 3, orphans: 2, failed: 1 },
      },
      channel: { open: true, gaps: 1, gapReasons: { closed: 1 } },
      memory: { items: 5, bytes: 600, maxItems: 10, maxBytes: 1_000 },
      tags: { invalidations: 1, tags: 2, invalidationsFailed: 1 },
      warnings: { 'invalid-entry:a': 2 },
      writeBehind: {
        'activity.views': {
          depth: 7,
          maxDepth: 100,
          oldestMs: 12,
          deadLetters: null,
          queued: 20,
          through: 1,
          refused: 2,
          applied: 12,
          coalesced: 3,
          batches: 4,
          retries: 5,
          buried: 1,
          fenced: 6,
          owned: 8,
        },
      },
    });
  });

  it('keeps its shape: what stands here, dashboards and scripts rely on', () => {
    const { figures, instance } = setup();
    figures.region('a');
    const { tiers, unstored, ...figuresOfA } = instance().regions.a as RegionStats;
    expect(Object.keys(figuresOfA).sort()).toEqual(
      (
        'requests hits misses memoryHits redisHits joined stale loads refreshed loadsFailed loadErrors bypassed ' +
        'warmed warmingFailed ' +
        'hitRate errorRate ' +
        'meanMs p50Ms p95Ms p99Ms stored storedBytes invalidEntries evictions evictedKeys evictionsFailed ' +
        'clears clearsFailed writes writesStored'
      )
        .split(' ')
        .sort(),
    );
    const timed = { count: 0, timed: 0, meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
    expect(tiers).toEqual({ memory: timed, redis: timed, load: timed });
    expect(Object.values(unstored)).toEqual(Array(9).fill(0));
  });

  it('gives the same figures when asked again', () => {
    const { hits, events, instance } = setup();
    hits('a', 500, 0.002);
    events('a', 7, LOADED);
    expect(instance()).toEqual(instance());
  });
});
