import type { Duration } from './duration.js';
import { assertRegionName } from './region.js';

/** What counters and rankings have in common. */
export interface StructureOptions {
  /** How long it is kept before it is counted anew, whatever was added. Default: the module's `defaultTtl`. */
  readonly ttl?: Duration;
  /** The partition that keeps it, one of the module's `partitions`. Default: the module's `redis`. */
  readonly partition?: string;
  /**
   * The most names or members that are kept, 1 to 10,000. Counters with more are not kept; a ranking keeps the highest, so
   * that it is exact only for as long as nobody falls out of it. Default 10,000.
   */
  readonly maxMembers?: number;
}

/** What a ranking says of itself. */
export interface RankingOptions extends StructureOptions {
  /** After this time a contribution counts half. */
  readonly halfLife: Duration;
}

declare const TYPES: unique symbol;

/** One counters object or ranking, by its structure and the arguments that name it: what a change is about. */
export interface Target<A extends readonly unknown[] = readonly unknown[]> {
  readonly structure: Counters<A> | Ranking<A>;
  readonly args: A;
}

/**
 * A named family of counters: integers by name, such as the votes for each position of a question. They are kept apart from
 * entries because they are changed where they are, and are right for everybody as soon as a change is acknowledged.
 */
export class Counters<A extends readonly unknown[] = readonly unknown[]> {
  /** Types only; never present at run time. */
  declare readonly [TYPES]: (args: A) => void;
  readonly kind = 'counters';

  constructor(
    readonly name: string,
    readonly options: StructureOptions,
  ) {
    assertRegionName(name);
  }

  /** The one that these arguments name. */
  at(...args: A): Target<A> {
    return { structure: this, args };
  }
}

/**
 * A named family of rankings: members by a score that fades, such as questions by their votes of late. A contribution of
 * weight w made at time t counts w · 2^(−age / halfLife).
 */
export class Ranking<A extends readonly unknown[] = readonly unknown[]> {
  /** Types only; never present at run time. */
  declare readonly [TYPES]: (args: A) => void;
  readonly kind = 'ranking';

  constructor(
    readonly name: string,
    readonly options: RankingOptions,
  ) {
    assertRegionName(name);
  }

  /** The one that these arguments name. */
  at(...args: A): Target<A> {
    return { structure: this, args };
  }
}

/** Any counters or ranking, whatever its types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- variance: only `any` accepts every structure
export type AnyStructure = Counters<any> | Ranking<any>;

/** Any target, whatever its types. */
export interface AnyTarget {
  readonly structure: AnyStructure;
  readonly args: readonly unknown[];
}

/** Counters by name; a name that is not there stands at 0. */
export type Counts = Readonly<Record<string, number>>;

/** What raised a member's score: a weight above 0, and when. Several that have faded already are one with their sum. */
export interface Contribution {
  readonly member: string;
  /** Default 1. */
  readonly weight?: number;
  /** A date, or milliseconds since 1970. */
  readonly at: Date | number;
}

/** A member of a ranking, with its score as of the moment that was asked for. */
export interface RankedMember {
  readonly member: string;
  readonly score: number;
}

/** What `rebuild` of a ranking gives: every contribution, or for each member their sum as of some moment. */
export type Contributions = Iterable<Contribution>;

/** Collects what a change did to its targets, once the database has said it. */
export interface Change {
  /**
   * Adds to counters: whole numbers by name, also negative.
   * @throws CacheError `INVALID_OPTION` for what is no target of the change, or no whole number, or after its end.
   */
  add(target: AnyTarget, deltas: Counts): void;
  /**
   * Raises the score of a member of a ranking.
   * @throws CacheError `INVALID_OPTION` for what is no target of the change, or a wrong weight or time, or after its end.
   */
  bump(target: AnyTarget, contribution: Contribution): void;
  /** What was done cannot be said as a sum: the target is counted anew. */
  recount(target: AnyTarget): void;
}

/** What a change can be told. */
export interface ChangeOptions {
  /**
   * Who or what is changed, such as the member who votes: the same when a request is sent again. An attempt whose end nobody
   * heard of is told by it.
   */
  readonly subject: string;
}

/** Whether something is a counters object or a ranking. Not by its class: it may come from another installed copy. */
export function isStructure(value: unknown): value is AnyStructure {
  const { kind, name } = Object(value) as Partial<AnyStructure>;
  return (kind === 'counters' || kind === 'ranking') && typeof name === 'string';
}
