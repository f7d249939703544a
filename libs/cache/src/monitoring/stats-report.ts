import { Inject, Injectable } from '@nestjs/common';
import { Figures } from './figures.js';
import { LatencyBlend } from './latency.js';
import { regionStats } from './region-stats.js';
import type { CacheStats, ChannelStats, InstanceStats, RedisStats, StatsSource, TagStats } from './stats.js';
import { writeBehindStats } from './behind-stats.js';
import { FIGURES, STATS_SOURCE } from './tokens.js';

/** How the names of regions begin that hold responses of routes. */
const ROUTES = 'http:';

/** The statistics, made from the figures whenever somebody asks. */
@Injectable()
export class StatsReport {
  #blend: LatencyBlend | undefined;

  constructor(
    @Inject(FIGURES) private readonly figures: Figures,
    @Inject(STATS_SOURCE) private readonly source: StatsSource,
  ) {}

  /** The statistics with what the servers say of themselves, as new as it may be. */
  async current(): Promise<CacheStats> {
    await Promise.all([this.source.servers.refresh(), this.source.writeBehind.refresh()]);
    return this.stats();
  }

  stats(): CacheStats {
    return { instance: this.#instance() };
  }

  #instance(): InstanceStats {
    const { id, startedAt, uptimeMs } = this.figures;
    return {
      id,
      startedAt: startedAt.toISOString(),
      uptimeMs: Math.round(uptimeMs),
      redis: this.#redis(),
      channel: this.#channel(),
      memory: this.source.memory(),
      tags: this.#tags(),
      writeBehind: writeBehindStats(this.source.writeBehind.latest),
      warnings: this.source.warnings(),
      ...this.#regions(),
    };
  }

  #regions(): Pick<InstanceStats, 'totals' | 'routes' | 'values' | 'regions'> {
    const blend = (this.#blend ??= new LatencyBlend());
    const all = [...this.figures.regions];
    const some = (wanted: (name: string) => boolean) =>
      regionStats(
        all.filter(([name]) => wanted(name)).map(([, region]) => region),
        blend,
      );
    return {
      totals: some(() => true),
      routes: some((name) => name.startsWith(ROUTES)),
      values: some((name) => !name.startsWith(ROUTES)),
      regions: Object.fromEntries(all.map(([name, region]) => [name, regionStats([region], blend)])),
    };
  }

  #redis(): RedisStats {
    const { connections, connectionsLost, breakerOpenings, newEpochs, ...system } = this.figures.system;
    return {
      ...this.source.redis(),
      connections,
      connectionsLost,
      breakerOpenings,
      newEpochs,
      connectionFailures: system.connectionFailures.toRecord(),
      commandFailures: system.commandFailures.toRecord(),
      servers: this.source.servers.latest,
      sweeps: {
        rounds: system.sweeps,
        entries: system.sweptEntries,
        orphans: system.sweptOrphans,
        failed: system.sweepsFailed,
      },
    };
  }

  #channel(): ChannelStats {
    const { gaps } = this.figures.system;
    return { ...this.source.channel(), gaps: gaps.total, gapReasons: gaps.toRecord() };
  }

  #tags(): TagStats {
    const { tagInvalidations, invalidatedTags, tagInvalidationsFailed } = this.figures.system;
    return {
      invalidations: tagInvalidations,
      tags: invalidatedTags,
      invalidationsFailed: tagInvalidationsFailed,
    };
  }
}
