import type {
  AnyStructure,
  AnyTarget,
  Change,
  ChangeOptions,
  Contributions,
  Counters,
  Counts,
  RankedMember,
  Ranking,
} from '../contracts/derived.js';
import { CacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type { CountersCache, RankingCache, TopOptions } from '../contracts/region-cache.js';
import { shown } from '../contracts/shown.js';
import { scoreAt } from '../tiers/magnitude.js';
import { assertFunction } from './call-arguments.js';
import { ChangeRecord } from './change-record.js';
import type { ChangeParts } from './changes.js';
import { Changes } from './changes.js';
import { asCounts, countsOf, magnitudesOf } from './derived-numbers.js';
import type { DerivedReadParts } from './derived-reads.js';
import { DerivedReads } from './derived-reads.js';
import type { StructureRuntime, Structures } from './structures.js';

/** Counters and rankings of one application. */
export class Derived {
  readonly #reads: DerivedReads;
  readonly #changes: Changes;

  constructor(
    private readonly structures: Structures,
    private readonly parts: DerivedReadParts & ChangeParts,
  ) {
    this.#reads = new DerivedReads(parts);
    this.#changes = new Changes(parts);
  }

  async counts<A extends readonly unknown[]>(
    counters: Counters<A>,
    args: NoInfer<A>,
    count: () => Promise<Counts> | Counts,
  ): Promise<Counts> {
    const { runtime, place } = this.#find(counters, 'counters', args);
    assertFunction(count, `what counts '${runtime.name}'`);
    const numbers = await this.#reads.read({
      runtime,
      place,
      limit: 0,
      count: async () => countsOf(runtime, await count(), 0),
    });
    return asCounts(numbers);
  }

  async top<A extends readonly unknown[]>(
    ranking: Ranking<A>,
    args: NoInfer<A>,
    contributions: () => Promise<Contributions> | Contributions,
    { limit = 10, at = this.parts.clock.wall() }: TopOptions = {},
  ): Promise<readonly RankedMember[]> {
    const { runtime, place } = this.#find(ranking, 'ranking', args);
    assertFunction(contributions, `what counts '${runtime.name}'`);
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new CacheError('INVALID_OPTION', `limit must be 1 to 10000, got ${shown(limit)}`);
    const numbers = await this.#reads.read({
      runtime,
      place,
      limit,
      count: async () => magnitudesOf(runtime, await contributions()),
    });
    const highest = [...numbers].sort(([m, a], [n, b]) => b - a || (m < n ? 1 : -1)).slice(0, limit);
    return highest.map(([member, magnitude]) => ({
      member,
      score: scoreAt(magnitude, Number(at), runtime.halfLifeMs),
    }));
  }

  async change<T>(
    targets: readonly AnyTarget[],
    { subject }: ChangeOptions,
    work: (change: Change) => Promise<T>,
  ): Promise<T> {
    assertFunction(work, 'the work of a change');
    if (typeof subject !== 'string' || subject === '')
      throw new CacheError('INVALID_OPTION', `the subject of a change must be a text, got ${shown(subject)}`);
    const record = new ChangeRecord(this.structures, targets);
    return this.#changes.run(record.targets, subject, async () => {
      try {
        return await work(record);
      } finally {
        record.end();
      }
    });
  }

  async drop(targets: readonly AnyTarget[]): Promise<InvalidationOutcome> {
    return this.#changes.drop(new ChangeRecord(this.structures, targets).targets);
  }

  /** Counters of one kind, as strategies have them. */
  countersCache<A extends readonly unknown[]>(counters: Counters<A>): CountersCache<A> {
    const runtime = this.structures.register(counters);
    return {
      ...this.#handle(counters, runtime),
      counts: (args, count) => this.counts(counters, args, count),
    };
  }

  /** Rankings of one kind, as strategies have them. */
  rankingCache<A extends readonly unknown[]>(ranking: Ranking<A>): RankingCache<A> {
    const runtime = this.structures.register(ranking);
    return {
      ...this.#handle(ranking, runtime),
      top: (args, contributions, options) => this.top(ranking, args, contributions, options),
    };
  }

  #handle<A extends readonly unknown[]>(structure: Counters<A> | Ranking<A>, runtime: StructureRuntime) {
    return {
      name: runtime.name,
      ttlMs: runtime.ttlMs,
      at: (...args: A) => structure.at(...args),
      drop: (...args: A) => this.drop([structure.at(...args)]),
    };
  }

  #find(structure: AnyStructure, kind: 'counters' | 'ranking', args: readonly unknown[]) {
    const runtime = this.structures.register(structure);
    if (runtime.kind === kind) return { runtime, place: this.structures.place(runtime, args) };
    const other = kind === 'counters' ? 'a ranking' : 'counters';
    throw new CacheError('INVALID_OPTION', `'${runtime.name}' is ${other}`);
  }
}
