import { behindTerms } from '../contracts/behind-terms.js';
import type { BehindTerms } from '../contracts/behind-handler.js';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
import type { WriteLog } from '../contracts/write-log.js';
import type { EntryFormat } from '../tiers/entry-format.js';
import { LocalWriteLog } from '../write-behind/local-write-log.js';
import type { Partitions } from './partition.js';
import type { BehindOptions } from './region-log.js';
import { RegionLog } from './region-log.js';

/** What the logs of an application are made of. Times in milliseconds. */
export interface BehindLogParts extends BehindOptions {
  readonly partitions: Partitions;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly redisBudgetMs: number;
}

/** A region with write-behind, as its options say it. */
interface Wanted {
  readonly name: string;
  readonly partition: string;
  /** What its option `writeBehind` says. */
  readonly given: unknown;
  readonly format: EntryFormat;
}

/** Finds the log of each region with write-behind: on the servers of its partition, or in this process. */
export class BehindLogs {
  #local: LocalWriteLog | undefined;

  constructor(private readonly parts: BehindLogParts) {}

  /** @throws CacheError `INVALID_OPTION` for wrong terms, and where nothing can keep what they promise. */
  of({ name, partition, given, format }: Wanted): RegionLog {
    const terms = behindTerms(given, this.parts.defaults, name);
    const { reporter } = this.parts;
    const report = (fault: string) =>
      reporter.once(`write-behind:${name}`, `writes of '${name}' go to the database directly: ${fault}`);
    return new RegionLog(name, terms, {
      ...this.parts,
      log: this.#log(terms, partition, name),
      format,
      report,
    });
  }

  #log({ durability }: BehindTerms, partition: string, region: string): WriteLog {
    if (durability === 'none') return (this.#local ??= new LocalWriteLog(this.parts.clock));
    const { log } = this.parts.partitions.named(partition);
    if (log !== undefined) return log;
    throw new CacheError(
      'INVALID_OPTION',
      `writeBehind of the region '${region}' has the durability '${durability}', for which it needs Redis; without it there is only durability: 'none', with which acknowledged writes are lost with the process`,
    );
  }
}
