import { Counters, Ranking } from '../contracts/derived.js';
import type { RankingOptions, StructureOptions } from '../contracts/derived.js';
import type { RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';

declare const ARGS: unique symbol;

/** A region that has everything but a name. */
export interface RegionDraft<A extends readonly unknown[], V> {
  readonly options: RegionOptions<A, V>;
}

/** Counters that have everything but a name. */
export interface CountersDraft<A extends readonly unknown[]> {
  /** Types only. */
  readonly [ARGS]?: (args: A) => void;
  readonly counters: StructureOptions;
}

/** A ranking that has everything but a name. */
export interface RankingDraft<A extends readonly unknown[]> {
  /** Types only. */
  readonly [ARGS]?: (args: A) => void;
  readonly ranking: RankingOptions;
}

/** What `defineRegions` gives names to. */
export type Draft = RegionDraft<never, unknown> | CountersDraft<never> | RankingDraft<never>;

/** The regions of a group of drafts, by the drafts' names. */
export type Regions<D extends Record<string, Draft>> = {
  readonly [K in keyof D]: D[K] extends RegionDraft<infer A, infer V>
    ? Region<A, V>
    : D[K] extends CountersDraft<infer A>
      ? Counters<A>
      : D[K] extends RankingDraft<infer A>
        ? Ranking<A>
        : never;
};

/**
 * Describes a region for `defineRegions`: type arguments give the key arguments and the value.
 *
 * @example `region<[id: string], CommunityMetadata>({ ttl: '10m' })`
 */
export function region<A extends readonly unknown[], V>(
  options: RegionOptions<A, V> = {},
): RegionDraft<A, V> {
  return { options };
}

/**
 * Describes counters for `defineRegions`: the type argument gives the key arguments.
 *
 * @example `counters<[question: number]>({ ttl: '1d' })`
 */
export function counters<A extends readonly unknown[]>(options: StructureOptions = {}): CountersDraft<A> {
  return { counters: options };
}

/**
 * Describes a ranking for `defineRegions`: the type argument gives the key arguments.
 *
 * @example `ranking<[community: string]>({ ttl: '7d', halfLife: '1d' })`
 */
export function ranking<A extends readonly unknown[]>(options: RankingOptions): RankingDraft<A> {
  return { ranking: options };
}

/**
 * Names a group of regions: `defineRegions('community', { metadata: region<…>(…) })` makes `community.metadata`.
 * @throws CacheError `INVALID_OPTION` for a name that is none.
 */
export function defineRegions<D extends Record<string, Draft>>(group: string, drafts: D): Regions<D> {
  const entries = Object.entries(drafts).map(([name, draft]) => [name, named(`${group}.${name}`, draft)]);
  return Object.freeze(Object.fromEntries(entries)) as Regions<D>;
}

function named(name: string, draft: Draft) {
  if ('counters' in draft) return new Counters(name, draft.counters);
  if ('ranking' in draft) return new Ranking(name, draft.ranking);
  return new Region(name, draft.options);
}
