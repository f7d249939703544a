import {
  Controller,
  Get,
  Header,
  Inject,
  ServiceUnavailableException,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { HealthCheckService } from '@nestjs/terminus';
import { CacheHealthIndicator } from './health.indicator.js';

/** The answer of `GET /health`. */
export class HealthStatus {
  /** `ok` comes with 200, the others with 503. */
  readonly status!: 'ok' | 'error' | 'shutting_down';
  readonly cache!: 'up' | 'degraded' | 'down';
}

/**
 * `GET /health`: whether this instance should get traffic, for everybody who asks.
 * Just because everybody may ask it tells the status and nothing else; the reasons are in `/cache/stats`.
 */
@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class CacheHealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(CacheHealthIndicator) private readonly cache: CacheHealthIndicator,
  ) {}

  /** @throws ServiceUnavailableException with the same body. */
  @Get()
  @Header('Cache-Control', 'no-store')
  async check(): Promise<HealthStatus> {
    const { status, details } = await this.#result();
    const cache = details.cache?.status ?? 'down';
    if (status === 'ok' || status === 'degraded') return { status: 'ok', cache };
    throw new ServiceUnavailableException({ status, cache } satisfies HealthStatus);
  }

  /** Terminus answers a failed check by throwing its result. */
  async #result(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([() => this.cache.isHealthy('cache')]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
