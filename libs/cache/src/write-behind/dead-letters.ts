import type { BehindRegion, DeadLetter, DeadLetterChoice } from '../contracts/behind-handler.js';
import type { BuriedWrite, LogPlace, WriteLog } from '../contracts/write-log.js';

/** Which dead letters are listed. */
export interface DeadLetterRange {
  /** Those after this one. */
  readonly after?: Pick<DeadLetter, 'seq' | 'partition'>;
  /** At most. Default 100. */
  readonly limit?: number;
}

/** Where the dead letters of a region are. */
export interface DeadLetterParts {
  readonly region: BehindRegion;
  readonly log: WriteLog;
  /** Into how many logs the region is divided. Rejects while nobody says. */
  readonly partitions: () => Promise<number>;
}

const LISTED = 100;
const AT_ONCE = 500;

/**
 * The writes of one region that its handler refused for good, oldest first in each log: kept until they are replayed or
 * dropped. Every method rejects with a CacheError while Redis is away.
 */
export class DeadLetters<A extends readonly unknown[] = readonly unknown[], V = unknown> {
  constructor(private readonly parts: DeadLetterParts) {}

  async list({ after, limit = LISTED }: DeadLetterRange = {}): Promise<readonly DeadLetter<A, V>[]> {
    const found: DeadLetter<A, V>[] = [];
    for (const place of await this.#places()) {
      const isBefore = after !== undefined && place.partition < after.partition;
      if (isBefore || found.length >= limit) continue;
      const seq = after?.partition === place.partition ? after.seq : undefined;
      const buried = await this.parts.log.deadLetters(place, seq, limit - found.length);
      found.push(...buried.map((one) => this.#letter(place, one)));
    }
    return found;
  }

  /** Puts them back at the end of their logs, with the versions they had; resolves to how many were there. */
  replay(choice: DeadLetterChoice): Promise<number> {
    return this.#each(choice, (place, seqs) => this.parts.log.replay(place, seqs));
  }

  /** Removes them for good; resolves to how many were there. */
  drop(choice: DeadLetterChoice): Promise<number> {
    return this.#each(choice, (place, seqs) => this.parts.log.drop(place, seqs));
  }

  async #each(
    choice: DeadLetterChoice,
    act: (place: LogPlace, seqs: readonly string[]) => Promise<number>,
  ): Promise<number> {
    let done = 0;
    for (const place of await this.#places()) {
      const seqs =
        choice === 'all'
          ? await this.#all(place)
          : choice.filter(({ partition }) => partition === place.partition).map(({ seq }) => seq);
      for (let from = 0; from < seqs.length; from += AT_ONCE)
        done += await act(place, seqs.slice(from, from + AT_ONCE));
    }
    return done;
  }

  /** Those that are there now: what is buried meanwhile was not meant. */
  async #all(place: LogPlace): Promise<readonly string[]> {
    const seqs: string[] = [];
    for (let last: string | undefined; ;) {
      const some = await this.parts.log.deadLetters(place, last, AT_ONCE);
      seqs.push(...some.map(({ seq }) => seq));
      last = some.at(-1)?.seq;
      if (some.length < AT_ONCE) return seqs;
    }
  }

  async #places(): Promise<readonly LogPlace[]> {
    const partitions = await this.parts.partitions();
    return Array.from({ length: partitions }, (_, partition) => ({
      region: this.parts.region.name,
      partition,
    }));
  }

  #letter(
    { partition }: LogPlace,
    { seq, version, id, args, value, reason, at }: BuriedWrite,
  ): DeadLetter<A, V> {
    const decoded = this.parts.region.decode(args, value);
    const write = decoded && { args: decoded.args as A, value: decoded.value as V, version, id };
    return { seq, partition, write, reason, at };
  }
}
