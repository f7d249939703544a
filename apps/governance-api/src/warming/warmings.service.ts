import { Injectable } from '@nestjs/common';
import { CommunityStrategy, UserStrategy, VotingStrategy } from '@nuthatch/governance';
import type { Warming } from 'nuthatch';
import type { BeginWarmingDto, Warmed, WarmingDto } from './warming.dto.js';
import { WARMED } from './warming.dto.js';

/** A warming that was asked for. */
interface Asked {
  readonly warming: Warming;
  ended: boolean;
}

/** The warmings that were asked for last, one for each strategy. */
@Injectable()
export class WarmingsService {
  private readonly asked = new Map<Warmed, Asked>();

  constructor(
    private readonly community: CommunityStrategy,
    private readonly user: UserStrategy,
    private readonly voting: VotingStrategy,
  ) {}

  /** Begins a warming where none is under way. */
  begin({ strategy, concurrency }: BeginWarmingDto): readonly WarmingDto[] {
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
    return [...this.asked].map(([strategy, { warming, ended }]) => {
      const { total, done, loaded, fresh, failed, skipped } = warming.progress;
      return { strategy, total: total ?? null, done, loaded, fresh, failed, skipped, ended };
    });
  }

  /** Begins no more loads. */
  cancel(): readonly WarmingDto[] {
    for (const { warming } of this.asked.values()) warming.cancel();
    return this.current();
  }
}
