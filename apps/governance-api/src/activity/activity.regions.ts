import { defineRegions, region } from 'nuthatch';

/** When a member was last seen, and how. */
export interface Sighting {
  readonly memberId: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What the member did: asked for a session, or voted. */
  readonly doing: 'session' | 'vote';
}

/** Somebody has looked at a community's page. */
export interface View {
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** How often a community's page was looked at. */
export interface ViewCount {
  readonly communityId: string;
  readonly views: number;
}

/**
 * What members do all the time and nobody must wait for: it reaches the database later, in batches. A sighting replaces the
 * one before, and is read at once; a view is added to the others, and is counted when its batch is there.
 */
export const activity = defineRegions('activity', {
  seen: region<[memberId: number], Sighting | null>({ ttl: '10m', writeBehind: { kind: 'state' } }),
  view: region<[communityId: string], View>({ writeBehind: { kind: 'delta' } }),
  views: region<[communityId: string], ViewCount>({ ttl: '1m' }),
});
