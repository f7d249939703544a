import { Injectable, Optional } from '@nestjs/common';
import { CommunityStrategy, UserStrategy, VotingStrategy } from '@nuthatch/governance';
import { CacheService, type Warming } from 'nuthatch';
import type { BeginWarmingDto, Warmed, WarmingDto, WarmingOf } from './warming.dto.js';
import { WARMED } from './warming.dto.js';

/** A warming that was asked for. */
interface Asked {
  readonly warming: Warming;
  ended: boolean;
}

/** The warmings that were asked for last, one for each strategy, and the one of the boot while it runs. */
@Injectable()
export class WarmingsService {
  private readonly asked = new Map<Warmed, Asked>();

  constructor(
    private readonly community: CommunityStrategy,
    private readonly user: UserStrategy,
    private readonly voting: VotingStrategy,
    @Optional() private readonly cache?: CacheService,
  ) {}

  /** Begins a warming where none is under way. */
  begin({ strategy, concurrency }: BeginWarmingDto): readonly WarmingDto[] {
    if (this.atBoot.length > 0) return this.current();
    const options = concurrency === undefined ? {} : { concurrency };
    for (const name of strategy === undefined ? WARMED : [strategy]) {
      if (this.asked.get(name)?.ended === false) continue;
      const asked = { warming: this[name].warm(options), ended: false };
      this.asked.set(name, asked);
      void asked.warming.finished.then(() => (asked.ended = true));
    }
    return this.current();
  }

  current(): readonly WarmingDto[] {
    const asked = [...this.asked].map(([of, { warming, ended }]) => shown(of, warming, ended));
    return [...this.atBoot.map((warming) => shown('all', warming, false)), ...asked];
  }

  /** Begins no more loads. */
  cancel(): readonly WarmingDto[] {
    for (const warming of this.atBoot) warming.cancel();
    for (const { warming } of this.asked.values()) warming.cancel();
    return this.current();
  }

  /** What runs and was not asked for here. */
  private get atBoot(): readonly Warming[] {
    const asked = new Set([...this.asked.values()].map(({ warming }) => warming));
    return (this.cache?.warmings ?? []).filter((warming) => !asked.has(warming));
  }
}

function shown(strategy: WarmingOf, { progress }: Warming, ended: boolean): WarmingDto {
  const { total, done, loaded, fresh, failed, skipped } = progress;
  return { strategy, total: total ?? null, done, loaded, fresh, failed, skipped, ended };
}
