import { randomUUID } from 'node:crypto';
import type { Clock } from '../contracts/clock.js';
import { systemClock } from '../contracts/clock.js';
import type { Recorder, SystemEvent } from '../contracts/events.js';
import { ReasonCounts } from './reason-counts.js';
import { RegionFigures } from './region-figures.js';

/** Numbers of outcomes that belong to no region, since the start of this instance. */
export class SystemFigures {
  tagInvalidations = 0;
  invalidatedTags = 0;
  tagInvalidationsFailed = 0;
  connections = 0;
  connectionsLost = 0;
  breakerOpenings = 0;
  newEpochs = 0;
  sweeps = 0;
  sweptEntries = 0;
  sweptOrphans = 0;
  sweepsFailed = 0;
  readonly connectionFailures = new ReasonCounts();
  readonly commandFailures = new ReasonCounts();
  readonly gaps = new ReasonCounts();
}

/** The recorder that counts: what one instance of the application knows about its cache, kept in this process only. */
export class Figures implements Recorder {
  readonly regions = new Map<string, RegionFigures>();
  readonly system = new SystemFigures();
  readonly #startedAt: number;
  readonly #startedAtWall: number;

  /** `id` tells this instance from the others of the fleet. */
  constructor(
    private readonly clock: Clock = systemClock,
    readonly id: string = randomUUID(),
  ) {
    this.#startedAt = clock.now();
    this.#startedAtWall = clock.wall();
  }

  get startedAt(): Date {
    return new Date(this.#startedAtWall);
  }

  get uptimeMs(): number {
    return this.clock.now() - this.#startedAt;
  }

  /** The figures of a region; asked for again, the same ones. */
  region(name: string): RegionFigures {
    const known = this.regions.get(name);
    if (known !== undefined) return known;
    const figures = new RegionFigures();
    this.regions.set(name, figures);
    return figures;
  }

  record(event: SystemEvent): void {
    const { system } = this;
    switch (event.type) {
      case 'tags-invalidated':
        system.tagInvalidations++;
        system.invalidatedTags += event.tags;
        if (!event.confirmed) system.tagInvalidationsFailed++;
        return;
      case 'redis-failure':
        (event.kind === 'connection' ? system.connectionFailures : system.commandFailures).add(event.reason);
        return;
      default:
        this.#changed(event);
    }
  }

  #changed(event: Exclude<SystemEvent, { type: 'tags-invalidated' | 'redis-failure' }>): void {
    const { system } = this;
    switch (event.type) {
      case 'redis-connected':
        system.connections++;
        return;
      case 'redis-lost':
        system.connectionsLost++;
        return;
      case 'breaker':
        if (event.state === 'open') system.breakerOpenings++;
        return;
      case 'channel-gap':
        system.gaps.add(event.reason);
        return;
      case 'new-epoch':
        system.newEpochs++;
        return;
      case 'swept':
        system.sweeps++;
        system.sweptEntries += event.entries;
        system.sweptOrphans += event.orphans;
        if (event.failed > 0) system.sweepsFailed++;
    }
  }
}
