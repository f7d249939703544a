import type { WriteBehindReceipt } from '../contracts/behind-handler.js';
import { CacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import type { CallContext } from './call-context.js';
import type { Partitions } from './partition.js';
import type { RegionLog } from './region-log.js';
import type { Keep, RegionRuntime } from './requests.js';
import type { WriteRequest, Writes } from './writes.js';

/** What writes behind work with. */
export interface BehindParts {
  readonly writes: Writes;
  readonly context: CallContext;
  readonly partitions: Partitions;
}

/** A value that is to reach the database later, and how the cache is to keep it. */
export interface BehindRequest {
  readonly write: WriteRequest;
  readonly args: readonly unknown[];
  readonly value: unknown;
  readonly keep: Keep;
}

/** Writes whose database is a log: the same two phases as for any write, with the append between them. */
export class Behind {
  constructor(private readonly parts: BehindParts) {}

  /**
   * Acknowledges a write as soon as its log, or the database, has it.
   * @throws CacheError `WRITE_BEHIND_REGION`, `IN_UNIT_OF_WORK`, `NOT_STORABLE`, `WRITE_BEHIND_FULL`, `WRITE_BEHIND_UNAVAILABLE`
   */
  async write({ write, args, value, keep }: BehindRequest): Promise<WriteBehindReceipt> {
    const { region, key } = write;
    const behind = logOf(region);
    if (this.parts.context.unit !== undefined)
      throw new CacheError(
        'IN_UNIT_OF_WORK',
        `a write behind to '${region.name}' cannot be taken back with a transaction: write it after afterCommit(…) or @CacheTransactional has ended`,
      );
    const logged = behind.encode(key, args, value);
    if (!behind.isState) {
      const put = await behind.put(await behind.place(key), logged);
      return { ...put, outcome: 'confirmed' };
    }
    const pending = await this.parts.writes.begin(write);
    try {
      const place = await behind.place(key);
      const put = await behind.put(place, logged);
      // first the mark of what is older, then what was loaded from it
      const overtaken = put.via === 'through' ? await this.#overtake(region, key, put.version) : 'confirmed';
      const outcome = await this.parts.writes.commit(pending, await logged.held.take(), keep);
      return { ...put, outcome: worst([overtaken, outcome]) };
    } catch (error) {
      await this.parts.writes.end(pending);
      throw error;
    }
  }

  /** Whatever the log has of the key is older than what the database has by now. */
  async #overtake(region: RegionRuntime, key: string, version: number): Promise<InvalidationOutcome> {
    const behind = logOf(region);
    const send = () => behind.overtake(key, version);
    const { delivery } = this.parts.partitions.of(region);
    if (delivery !== undefined && behind.terms.durability !== 'none')
      return delivery.overtake(behind.nameOf(key), { key, send });
    await send();
    return 'confirmed';
  }
}

/** @throws CacheError `WRITE_BEHIND_REGION` for a region without write-behind. */
export function logOf({ behind, name }: RegionRuntime): RegionLog {
  if (behind !== undefined) return behind;
  throw new CacheError(
    'WRITE_BEHIND_REGION',
    `the region '${name}' has no writeBehind; say so in its options`,
  );
}

/** @throws CacheError `WRITE_BEHIND_REGION` for a region whose values are only written behind. */
export function assertNotBehind({ behind, name }: RegionRuntime, what: string): void {
  if (behind === undefined) return;
  throw new CacheError(
    'WRITE_BEHIND_REGION',
    `${what} would pass by the log of '${name}', whose values are written behind: use writeBehind or @WriteBehind`,
  );
}
