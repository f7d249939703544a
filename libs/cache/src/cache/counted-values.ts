import type {
  AnyTarget,
  Change,
  ChangeOptions,
  Contributions,
  Counters,
  Counts,
  RankedMember,
  Ranking,
} from '../contracts/derived.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { CountersCache, RankingCache, TopOptions } from '../contracts/region-cache.js';
import { KeyedValues } from './keyed-values.js';

/** The part of `CacheService` about counters and rankings, which are changed where they are. */
export abstract class CountedValues extends KeyedValues {
  /**
   * The counters that these arguments name, as they are after every change that was acknowledged; `count` counts them in the
   * database where nothing is kept. A name that is not there stands at 0.
   * @throws CacheError `NO_CANONICAL_KEY`, `INVALID_OPTION` for counts that are none; whatever `count` throws.
   */
  counts<A extends readonly unknown[]>(
    counters: Counters<A>,
    args: NoInfer<A>,
    count: () => Promise<Counts> | Counts,
  ): Promise<Counts> {
    return this.engine.derived.counts(counters, args, count);
  }

  /**
   * The highest members of a ranking, with their scores as of now or `at`, after every change that was acknowledged.
   * `contributions` gives them from the database where nothing is kept: each one, or for each member their sum as of a moment.
   * @throws CacheError `NO_CANONICAL_KEY`, `INVALID_OPTION` for contributions that are none; whatever `contributions` throws.
   */
  top<A extends readonly unknown[]>(
    ranking: Ranking<A>,
    args: NoInfer<A>,
    contributions: () => Promise<Contributions> | Contributions,
    options?: TopOptions,
  ): Promise<readonly RankedMember[]> {
    return this.engine.derived.top(ranking, args, contributions, options);
  }

  /**
   * Changes counters and rankings together with the database: announces the change, runs `work`, which writes to the database
   * and says what it did, and adds that, all before it resolves. Whatever is not known of a target removes it, so that it is
   * counted anew. Never fails because Redis is away. The database's own timeout must be shorter than `maxWrite`.
   * @throws CacheError `NO_CANONICAL_KEY`, `INVALID_OPTION` before `work` runs; whatever `work` throws.
   *
   * @example
   * ```ts
   * await cache.change([voting.tally.at(7)], { subject: 'member 12' }, async (change) => {
   *   const { before, now } = await db.castVote(…);
   *   change.add(voting.tally.at(7), { [now]: 1 });
   *   if (before !== undefined) change.add(voting.tally.at(7), { [before]: -1 });
   * });
   * ```
   */
  change<T>(
    targets: readonly AnyTarget[],
    options: ChangeOptions,
    work: (change: Change) => Promise<T>,
  ): Promise<T> {
    return this.engine.derived.change(targets, options, work);
  }

  /** Counters of one kind with their methods. */
  counters<A extends readonly unknown[]>(counters: Counters<A>): CountersCache<A> {
    return this.engine.derived.countersCache(counters);
  }

  /** Rankings of one kind with their methods. */
  ranking<A extends readonly unknown[]>(ranking: Ranking<A>): RankingCache<A> {
    return this.engine.derived.rankingCache(ranking);
  }

  /** Removes counters and rankings, which the next read counts anew. Never rejects because Redis is away. */
  drop(targets: readonly AnyTarget[]): Promise<InvalidationOutcome> {
    return this.engine.derived.drop(targets);
  }
}
