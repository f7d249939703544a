import type { InvalidationOutcome, Region } from 'nuthatch';
import { Keys } from './keys.js';
import type { Latencies } from './load.js';
import { Load } from './load.js';
import type { Subject } from './subject.js';
import { groupOf, regionOf } from './subject.js';
import type { Row } from './table.js';
import { Table } from './table.js';

/** How much is asked of an application. */
export interface TrafficOptions {
  readonly keys?: number;
  readonly perSecond?: number;
  /** Writes, each followed by an evict or, every second one, by the invalidation of a tag. */
  readonly writesPerSecond?: number;
  readonly rowBytes?: number;
  /** 0: all keys alike. */
  readonly skew?: number;
  /** Default: that of each row, see `regionOf`. */
  readonly region?: Region<[id: string], Row>;
  /** Is told of each answer, and whether it was loaded for the one who asked. */
  readonly watch?: (id: string, loaded: boolean) => void;
}

/** Requests a second, unless a scenario says otherwise. */
export const PER_SECOND = 500;
const KEYS = 2_000;

/** What becomes of the invalidations of a run. */
export type Invalidated = Record<InvalidationOutcome | 'rejected', number>;

/**
 * Users of an application: readers in an open loop, writers beside them, and a witness who knows how old an answer may be.
 */
export class Traffic {
  readonly table: Table;
  readonly keys: Keys;
  /** Answers that were older than the row had been when the last evict of it resolved. */
  stale = 0;
  readonly invalidated: Invalidated = { confirmed: 0, queued: 0, failed: 0, rejected: 0 };
  /** Evicts and invalidations that were asked for. */
  begun = 0;
  #reads: Load | undefined;
  #writes: Load | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly options: TrafficOptions = {},
  ) {
    this.table = new Table(options.rowBytes);
    this.keys = new Keys(options.keys ?? KEYS, { skew: options.skew });
  }

  start(): void {
    const { perSecond = PER_SECOND, writesPerSecond = 0 } = this.options;
    this.#reads = Load.start(perSecond, () => this.#read(this.keys.next()));
    if (writesPerSecond > 0) this.#writes = Load.start(writesPerSecond, () => this.#write(this.keys.next()));
  }

  /** What was measured so far was the warm-up. */
  begin(): void {
    this.#reads?.begin();
    this.#writes?.begin();
    this.table.loadMs.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#reads?.stop(), this.#writes?.stop()]);
  }

  get load(): Load {
    if (this.#reads === undefined) throw new Error('this traffic has not started');
    return this.#reads;
  }

  /** The evicts and invalidations; they never fail a caller either. */
  writes(): Latencies | undefined {
    return this.#writes?.all();
  }

  /**
   * What another process would find in Redis now: how many of the written keys are there, and how many of them older than
   * the last evict.
   */
  async audit(another: Subject): Promise<{ readonly found: number; readonly stale: number }> {
    const found = await Promise.all(
      this.table.written().map(async (id) => ({
        floor: this.table.floor(id),
        row: await another.cache.get(this.#regionOf(id), [id]),
      })),
    );
    const there = found.filter(({ row }) => row !== undefined);
    return {
      found: there.length,
      stale: there.filter(({ row, floor }) => row !== undefined && row.version < floor).length,
    };
  }

  async #read(id: string): Promise<void> {
    const floor = this.table.floor(id);
    let loaded = false;
    const row = await this.subject.cache.getOrSet(this.#regionOf(id), [id], () => {
      loaded = true;
      return this.table.load(id);
    });
    this.options.watch?.(id, loaded);
    if (row.version < floor) this.stale++;
  }

  async #write(id: string): Promise<void> {
    const { cache } = this.subject;
    const byTag = this.begun++ % 2 === 1;
    try {
      const outcome = await this.table.write(id, () =>
        byTag ? cache.invalidateTags(groupOf(id)) : cache.evict(this.#regionOf(id), [[id]]),
      );
      this.invalidated[outcome]++;
    } catch (error) {
      this.invalidated.rejected++;
      throw error;
    }
  }

  #regionOf(id: string): Region<[id: string], Row> {
    return this.options.region ?? regionOf(id);
  }
}
