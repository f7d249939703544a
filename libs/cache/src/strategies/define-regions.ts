import type { RegionOptions } from '../contracts/region.js';
import { Region } from '../contracts/region.js';

/** A region that has everything but a name. */
export interface RegionDraft<A extends readonly unknown[], V> {
  readonly options: RegionOptions<A, V>;
}

/** The regions of a group of drafts, by the drafts' names. */
export type Regions<D extends Record<string, RegionDraft<never, unknown>>> = {
  readonly [K in keyof D]: D[K] extends RegionDraft<infer A, infer V> ? Region<A, V> : never;
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
 * Names a group of regions: `defineRegions('community', { metadata: region<…>(…) })` makes `community.metadata`.
 * @throws CacheError `INVALID_OPTION` for a name that is none.
 */
export function defineRegions<D extends Record<string, RegionDraft<never, unknown>>>(
  group: string,
  drafts: D,
): Regions<D> {
  const entries = Object.entries(drafts).map(([name, draft]) => [
    name,
    new Region(`${group}.${name}`, draft.options),
  ]);
  return Object.freeze(Object.fromEntries(entries)) as Regions<D>;
}
