import { Inject, Injectable } from '@nestjs/common';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { HealthIndicatorService } from '@nestjs/terminus';
import { behindTrouble } from './behind-stats.js';
import type { StatsSource } from './stats.js';
import { STATS_SOURCE } from './tokens.js';

/** When the cache counts as down. */
export interface CacheHealthOptions {
  /**
   * `true`: a cache that serves without Redis is `down`, so that this instance is taken out of service.
   * Default `false`: it is `degraded`, and the check passes, for the application still answers.
   */
  readonly degradedIsDown?: boolean;
}

/**
 * The Terminus indicator of the cache: `up`; `degraded` with the reason, while it serves without Redis or without memory's
 * proof of freshness, or while acknowledged writes wait too long for the database; `down` only where `degradedIsDown` asks for it.
 *
 * @example
 * health.check([() => cache.isHealthy('cache')])
 */
@Injectable()
export class CacheHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly health: HealthIndicatorService,
    @Inject(STATS_SOURCE) private readonly source: StatsSource,
  ) {}

  /** `mode` says what is configured: memory only, or memory and Redis. The reason names no host and no key. */
  async isHealthy<const Key extends string = 'cache'>(
    key: Key = 'cache' as Key,
    options: CacheHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    await this.source.writeBehind.refresh();
    const check = this.health.check(key);
    const mode = this.source.redis().configured ? 'redis' : 'memory';
    const reason = this.#reason();
    if (reason === undefined) return check.up({ mode });
    return options.degradedIsDown === true ? check.down({ mode, reason }) : check.degraded({ mode, reason });
  }

  /** Why the cache is not all it should be, or `undefined`. */
  #reason(): string | undefined {
    const { writeBehind } = this.source;
    return this.#outage() ?? behindTrouble(writeBehind.latest, writeBehind.degradedAfterMs);
  }

  #outage(): string | undefined {
    const { configured, connected, breaker } = this.source.redis();
    if (!configured) return undefined;
    if (!connected) return 'Redis is not connected';
    if (breaker === 'open') return 'Redis does not answer: the circuit breaker is open';
    return this.source.channel().open ? undefined : 'the invalidation channel is silent';
  }
}
