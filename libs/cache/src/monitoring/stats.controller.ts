import { Controller, Get, Inject, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { CacheAccessGuard } from './access.guard.js';
import { StatsReport } from './stats-report.js';
import { CacheStats } from './stats.js';

/** `GET /cache/stats`: the figures of this instance, for those whom the access guard lets in. Never stored by clients or proxies. */
@Controller({ path: 'cache', version: VERSION_NEUTRAL })
@UseGuards(CacheAccessGuard)
export class CacheStatsController {
  constructor(@Inject(StatsReport) private readonly report: StatsReport) {}

  @Get('stats')
  stats(): Promise<CacheStats> {
    return this.report.current();
  }
}
