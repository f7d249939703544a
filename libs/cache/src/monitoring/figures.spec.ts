import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../contracts/clock.js';
import { systemClock } from '../contracts/clock.js';
import { Figures } from './figures.js';

describe('Figures', () => {
  it('gives a region the same figures every time', () => {
    const figures = new Figures();
    const first = figures.region('community');
    expect(figures.region('community')).toBe(first);
    expect(figures.region('http:community')).not.toBe(first);
    expect([...figures.regions.keys()]).toEqual(['community', 'http:community']);
  });

  it('knows since when it counts, by its clock', () => {
    let now = 1_000;
    const clock: Clock = { ...systemClock, now: () => now, wall: () => 1_700_000_000_000 };
    const figures = new Figures(clock, 'instance-1');
    now += 2_500;
    expect(figures.id).toBe('instance-1');
    expect(figures.startedAt.toISOString()).toBe('2023-11-14T22:13:20.000Z');
    expect(figures.uptimeMs).toBe(2_500);
    expect(new Figures().id).not.toBe(new Figures().id);
  });

  it('counts what belongs to no region', () => {
    const figures = new Figures();
    figures.record({ type: 'tags-invalidated', tags: 3, confirmed: true });
    figures.record({ type: 'tags-invalidated', tags: 1, confirmed: false });
    figures.record({ type: 'redis-connected' });
    figures.record({ type: 'redis-lost' });
    figures.record({ type: 'redis-connected' });
    figures.record({ type: 'breaker', state: 'open' });
    figures.record({ type: 'breaker', state: 'closed' });
    figures.record({ type: 'new-epoch' });
    figures.record({ type: 'swept', entries: 5, orphans: 3, unknown: 2, failed: 0 });
    figures.record({ type: 'swept', entries: 1, orphans: 0, unknown: 2, failed: 1 });
    const { connectionFailures, commandFailures, gaps, ...counts } = figures.system;
    expect(counts).toEqual({
      sweeps: 2,
      sweptEntries: 6,
      sweptOrphans: 3,
      sweepsFailed: 1,
      tagInvalidations: 2,
      invalidatedTags: 4,
      tagInvalidationsFailed: 1,
      connections: 2,
      connectionsLost: 1,
      breakerOpenings: 1,
      newEpochs: 1,
    });
    expect([connectionFailures.total, commandFailures.total, gaps.total]).toEqual([0, 0, 0]);
  });

  it('tells failures and gaps apart by reason', () => {
    const figures = new Figures();
    figures.record({ type: 'redis-failure', kind: 'connection', reason: 'ECONNREFUSED' });
    figures.record({ type: 'redis-failure', kind: 'connection', reason: 'ECONNREFUSED' });
    figures.record({ type: 'redis-failure', kind: 'command', reason: 'OOM' });
    figures.record({ type: 'channel-gap', reason: 'closed' });
    expect(figures.system.connectionFailures.toRecord()).toEqual({ ECONNREFUSED: 2 });
    expect(figures.system.commandFailures.toRecord()).toEqual({ OOM: 1 });
    expect(figures.system.gaps.toRecord()).toEqual({ closed: 1 });
  });
});
