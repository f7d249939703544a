import { describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { CacheHealthIndicator } from './health.indicator.js';
import type { RedisState } from './stats.js';

function indicator(redis: Partial<RedisState>, open = true): CacheHealthIndicator {
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
  });
}

describe('CacheHealthIndicator', () => {
  it('is up with Redis', () => {
    expect(indicator({}).isHealthy()).toEqual({ cache: { status: 'up', mode: 'redis' } });
  });

  it('is up without Redis where none is configured, whatever the rest says', () => {
    const memoryOnly = indicator({ configured: false, connected: false, breaker: 'open' }, false);
    expect(memoryOnly.isHealthy('seeds', { degradedIsDown: true })).toEqual({
      seeds: { status: 'up', mode: 'memory' },
    });
  });

  it.each([
    ['Redis is not connected', indicator({ connected: false, breaker: 'open' }, false)],
    ['Redis does not answer: the circuit breaker is open', indicator({ breaker: 'open' }, false)],
    ['the invalidation channel is silent', indicator({}, false)],
  ])('is degraded because %s, and down only when asked to be', (reason, degraded) => {
    expect(degraded.isHealthy()).toEqual({ cache: { status: 'degraded', mode: 'redis', reason } });
    expect(degraded.isHealthy('cache', { degradedIsDown: false }).cache.status).toBe('degraded');
    expect(degraded.isHealthy('seeds', { degradedIsDown: true })).toEqual({
      seeds: { status: 'down', mode: 'redis', reason },
    });
  });
});
