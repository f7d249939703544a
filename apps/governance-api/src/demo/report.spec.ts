import { describe, expect, it } from '@jest/globals';
import { jsonLine, table, type Measured } from './report.js';
import { Tally } from './tally.js';

function measured(): Measured {
  const cached = new Tally();
  for (let read = 0; read < 200; read += 1) cached.answered(false, 2);
  cached.answered(true, 1_000);
  cached.failure(true, 'PUT /x: 500');
  const uncached = new Tally();
  uncached.answered(false, 50);
  return {
    cached: { tally: cached, elapsedMs: 1_000 },
    figures: { memoryHits: 150, redisHits: 28, joined: 2, loads: 20 },
    uncached: { tally: uncached, elapsedMs: 1_000 },
    redis: true,
  };
}

describe('jsonLine', () => {
  it('holds the figures of the cached phase, and reads alone as requests', () => {
    expect(JSON.parse(jsonLine(measured()))).toEqual({
      requests: 200,
      failed: 1,
      hitRate: 0.9,
      memoryHits: 150,
      redisHits: 28,
      loads: 20,
      // 200 reads of 2 ms and a write of 1 s
      meanMs: expect.closeTo(1_400 / 201, 1),
      p50Ms: expect.closeTo(2, 1),
      p99Ms: expect.closeTo(2, 1),
      redis: true,
    });
  });

  it('is one line', () => {
    expect(jsonLine(measured())).not.toContain('\n');
  });

  it('has numbers only, even when nothing was sent', () => {
    const nothing = { ...measured(), cached: { tally: new Tally(), elapsedMs: 0 } };
    expect(JSON.parse(jsonLine(nothing))).toMatchObject({
      requests: 0,
      hitRate: 0,
      meanMs: 0,
      p50Ms: 0,
      p99Ms: 0,
    });
  });
});

describe('table', () => {
  it('shows hit rates by tier, loads and latencies of both phases', () => {
    const text = table(measured());
    expect(text).toMatch(/failures +1 +0\n/);
    expect(text).toMatch(/hit rate of the reads +90\.00 % +-\n/);
    expect(text).toMatch(/from memory +75\.00 %/);
    expect(text).toMatch(/from Redis +14\.00 %/);
    expect(text).toMatch(/loads +20 +1\n/);
    expect(text).toMatch(/mean of all answers +6\.9\d ms +(49\.9|50\.0)\d ms/);
    expect(text).toMatch(/p99 of the reads +2\.\d\d ms +50\.\d\d ms/);
  });

  it('says that there was no Redis', () => {
    expect(table({ ...measured(), redis: false })).toMatch(/from Redis +no Redis/);
  });
});
