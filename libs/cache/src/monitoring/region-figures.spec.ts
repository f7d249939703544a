import { describe, expect, it } from '@jest/globals';
import type { RegionEvent } from '../contracts/events.js';
import { noCounts, nothingUnstored, RegionFigures } from './region-figures.js';

function after(...events: RegionEvent[]): RegionFigures {
  const figures = new RegionFigures();
  for (const event of events) figures.record(event);
  return figures;
}

describe('RegionFigures', () => {
  it('counts every hit from memory and samples one in 64, the first among them', () => {
    const figures = new RegionFigures();
    const sampled = Array.from({ length: 200 }, () => figures.memoryHit()).flatMap((yes, i) =>
      yes ? [i] : [],
    );
    expect(figures.memoryHits).toBe(200);
    expect(sampled).toEqual([0, 64, 128, 192]);
  });

  it('keeps counting beyond 32 bits', () => {
    const figures = new RegionFigures();
    figures.memoryHits = 2 ** 33;
    expect([figures.memoryHit(), figures.memoryHit()]).toEqual([true, false]);
    expect(figures.memoryHits).toBe(2 ** 33 + 2);
  });

  it.each<[RegionEvent, object]>([
    [{ type: 'redis-hit', ms: 1 }, { redisHits: 1 }],
    [{ type: 'joined', ms: 1 }, { joined: 1 }],
    [{ type: 'loaded', ms: 2, loadMs: 1 }, { loaded: 1 }],
    [{ type: 'load-error', ms: 2 }, { loadErrors: 1 }],
    [{ type: 'bypassed' }, { bypassed: 1 }],
    [
      { type: 'stored', bytes: 512 },
      { stored: 1, storedBytes: 512 },
    ],
    [{ type: 'invalid-entry' }, { invalidEntries: 1 }],
    [
      { type: 'evicted', keys: 3, confirmed: true },
      { evictions: 1, evictedKeys: 3 },
    ],
    [
      { type: 'evicted', keys: 2, confirmed: false },
      { evictions: 1, evictedKeys: 2, evictionsFailed: 1 },
    ],
    [{ type: 'cleared', confirmed: true }, { clears: 1 }],
    [
      { type: 'cleared', confirmed: false },
      { clears: 1, clearsFailed: 1 },
    ],
    [
      { type: 'written', stored: true },
      { writes: 1, writesStored: 1 },
    ],
    [{ type: 'written', stored: false }, { writes: 1 }],
  ])('counts %j and nothing else', (event, expected) => {
    const figures = after(event);
    expect(figures.counts).toEqual({ ...noCounts(), ...expected });
    expect(figures.unstored).toEqual(nothingUnstored());
    expect(figures.memoryHits).toBe(0);
  });

  it('counts values that were not kept by reason', () => {
    const reasons = [
      'unavailable',
      'fenced',
      'writing',
      'waited',
      'unsynced',
      'untimely',
      'transaction',
      'declined',
      'refused',
    ] as const;
    const figures = after(
      ...reasons.flatMap((why, n) => Array(n + 1).fill({ type: 'unstored', why }) as RegionEvent[]),
    );
    expect(figures.counts).toEqual(noCounts());
    expect(figures.unstored).toEqual({
      unavailable: 1,
      fenced: 2,
      writing: 3,
      waited: 4,
      unsynced: 5,
      untimely: 6,
      transaction: 7,
      declined: 8,
      refused: 9,
    });
  });

  it('times each tier, the loader by itself, and every request that memory did not answer', () => {
    const figures = after(
      { type: 'redis-hit', ms: 1 },
      { type: 'joined', ms: 20 },
      { type: 'loaded', ms: 300, loadMs: 250 },
      { type: 'load-error', ms: 4_000 },
    );
    figures.memoryLatency(0.5);
    const { memory, redis, loader, beyondMemory } = figures;
    expect([memory, redis, loader, beyondMemory].map(({ count, totalNs }) => [count, totalNs / 1e6])).toEqual(
      [
        [1, 0.5],
        [1, 1],
        [1, 250],
        [4, 4_321],
      ],
    );
  });
});
