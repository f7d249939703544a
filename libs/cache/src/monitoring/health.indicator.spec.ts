import { describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { CacheHealthIndicator } from './health.indicator.js';
import type { BehindFigures } from '../contracts/behind-figures.js';
import type { RedisState } from './stats.js';

const NO_WRITES: BehindFigures = {
  depth: 0,
  maxDepth: 100,
  oldestMs: undefined,
  deadLetters: 0,
  accepted: { queued: 0, through: 0, refused: 0 },
  work: { applied: 0, coalesced: 0, batches: 0, retries: 0, buried: 0, fenced: 0, owned: 0 },
};

function indicator(
  redis: Partial<RedisState>,
  open = true,
  writes: Readonly<Record<string, BehindFigures>> = {},
): CacheHealthIndicator {
  return new CacheHealthIndicator(new HealthIndicatorService(), {
    redis: () => ({
      configured: true,
      connected: true,
      breaker: 'closed',
      commandsInFlight: 0,
      degraded: [],
      ...redis,
    }),
    servers: { latest: null, refresh: () => Promise.resolve() },
    channel: () => ({ open }),
    memory: () => ({ items: 0, bytes: 0, maxItems: 1, maxBytes: 1 }),
    warnings: () => ({}),
    writeBehind: { latest: writes, refresh: () => Promise.resolve(), degradedAfterMs: 30_000 },
  });
}

describe('CacheHealthIndicator', () => {
  it('is up with Redis', async () => {
    expect(await indicator({}).isHealthy()).toEqual({ cache: { status: 'up', mode: 'redis' } });
  });

  it('is up without Redis where none is configured, whatever the rest says', async () => {
    const memoryOnly = indicator({ configured: false, connected: false, breaker: 'open' }, false);
    expect(await memoryOnly.isHealthy('seeds', { degradedIsDown: true })).toEqual({
      seeds: { status: 'up', mode: 'memory' },
    });
  });

  it.each([
    ['Redis is not connected', indicator({ connected: false, breaker: 'open' }, false)],
    ['Redis does not answer: the circuit breaker is open', indicator({ breaker: 'open' }, false)],
    ['the invalidation channel is silent', indicator({}, false)],
  ])('is degraded because %s, and down only when asked to be', async (reason, degraded) => {
    expect(await degraded.isHealthy()).toEqual({ cache: { status: 'degraded', mode: 'redis', reason } });
    expect((await degraded.isHealthy('cache', { degradedIsDown: false })).cache.status).toBe('degraded');
    expect(await degraded.isHealthy('seeds', { degradedIsDown: true })).toEqual({
      seeds: { status: 'down', mode: 'redis', reason },
    });
  });

  it.each([
    [
      'the oldest write waits for longer than it may',
      { oldestMs: 30_001 },
      "writes of 'b' wait too long for the database",
    ],
    ['a log is nearly full', { depth: 90 }, "the logs of writes of 'b' are nearly full"],
  ])('is degraded because %s', async (_, changed, reason) => {
    const degraded = indicator({}, true, { a: NO_WRITES, b: { ...NO_WRITES, ...changed } });
    expect(await degraded.isHealthy()).toEqual({ cache: { status: 'degraded', mode: 'redis', reason } });
  });

  it('is up while writes wait no longer than they may, or while nobody knows how long', async () => {
    const usual = { ...NO_WRITES, oldestMs: 30_000, depth: 89 };
    const unknown = { ...NO_WRITES, depth: undefined, deadLetters: undefined };
    expect((await indicator({}, true, { usual, unknown }).isHealthy()).cache.status).toBe('up');
  });
});
