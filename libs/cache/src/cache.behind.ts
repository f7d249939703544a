import { logOf } from './cache/behind.js';
import type { Engine } from './cache/engine.js';
import type { RegionLog } from './cache/region-log.js';
import type { BehindFigures } from './contracts/behind-figures.js';
import type { BehindHandler } from './contracts/behind-handler.js';
import { CacheError } from './contracts/errors.js';
import type { WriteBehindSource } from './monitoring/behind-stats.js';
import { Readings } from './monitoring/readings.js';
import type { ResolvedWriteBehind } from './options.write-behind.js';
import { NO_WORK, Workers } from './write-behind/workers.js';

const MICROS = 1_000;
/** How old a reading may be before somebody who asks has another one made. */
const FRESH_MS = 1_000;

/** Write-behind in one application: whether its logs keep what they acknowledge, who empties them, and how they are doing. */
export class CacheBehind implements WriteBehindSource {
  readonly #readings: Readings<Readonly<Record<string, BehindFigures>>>;
  #workers: Workers | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly options: ResolvedWriteBehind,
  ) {
    const { clock } = engine.ports;
    this.#readings = new Readings({ clock, freshMs: FRESH_MS, read: () => this.#read(), otherwise: {} });
  }

  get latest(): Readonly<Record<string, BehindFigures>> {
    return this.#readings.latest;
  }

  get degradedAfterMs(): number {
    return this.options.degradedAfterMs;
  }

  /**
   * Looks whether Redis keeps what regions are promised; where it does not answer yet, writes go to the database directly.
   * @throws CacheError `INVALID_OPTION` that names the region and what Redis would have to be.
   */
  async assertDurable(): Promise<void> {
    for (const log of this.engine.regions.logs) {
      const fault = await log.fault();
      if (typeof fault === 'string')
        throw new CacheError('INVALID_OPTION', `writeBehind of the region '${log.name}': ${fault}`);
    }
  }

  /** Begins to empty logs, unless that is left to other processes. */
  open(handlers: readonly BehindHandler[]): void {
    if (!this.options.work || handlers.length === 0) return;
    const { engine } = this;
    const { clock, reporter } = engine.ports;
    const { leaseMs } = this.options;
    const log = (region: string) => logOf(engine.regions.get(region)).log;
    const onStale = (region: string, keys: readonly string[]) =>
      void engine.invalidations.evict(engine.regions.get(region), keys);
    this.#workers = new Workers(handlers, { logOf: log, clock, reporter, leaseMs, onStale });
    this.#workers.open();
  }

  /** Empties the logs of this process, for as long as a shutdown may take. Never rejects. */
  async close(): Promise<void> {
    await this.#workers?.close(this.options.drainMs);
  }

  refresh(): Promise<void> {
    return this.#readings.refresh();
  }

  async #read(): Promise<Readonly<Record<string, BehindFigures>>> {
    const { logs } = this.engine.regions;
    const figures = await Promise.all(logs.map(async (log) => [log.name, await this.#figures(log)] as const));
    return Object.fromEntries(figures);
  }

  async #figures(region: RegionLog): Promise<BehindFigures> {
    const { name, terms, accepted } = region;
    const work = this.#workers?.figures(name) ?? NO_WORK;
    const all = await region.figures().catch(() => undefined);
    const counted = {
      maxDepth: terms.maxDepth * (all?.length ?? terms.partitions),
      accepted: { ...accepted },
      work,
    };
    if (all === undefined)
      return { ...counted, depth: undefined, oldestMs: undefined, deadLetters: undefined };
    const ages = all.flatMap(({ oldest, now }) =>
      oldest === undefined ? [] : Math.max(0, now - oldest) / MICROS,
    );
    return {
      ...counted,
      depth: all.reduce((sum, { depth }) => sum + depth, 0),
      deadLetters: all.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
      oldestMs: ages.length === 0 ? undefined : Math.max(...ages),
    };
  }
}
