import { defineRegions, region } from 'nuthatch';
import type { CommunityMetadata } from './communities/community.js';
import type { Member } from './members/member.js';
import type { StoredObject } from './objects/stored-object.js';

/** Condemns every list of communities: a renaming changes each of them. */
export const COMMUNITY_LISTS = 'community:lists';

/** Communities change by renaming only. */
export const community = defineRegions('community', {
  metadata: region<[id: string], CommunityMetadata>({ ttl: '10m' }),
  members: region<[id: string], Member[]>({ ttl: '1h' }),
  list: region<[], CommunityMetadata[]>({ ttl: '10m', tags: [COMMUNITY_LISTS] }),
});

/** Members never change. */
export const member = defineRegions('member', {
  profile: region<[id: number], Member>({ ttl: '1h' }),
});

/** The objects of access traces: nothing of them expires during the longest replay. */
export const stored = defineRegions('stored', {
  object: region<[type: number, id: number], StoredObject>({ ttl: '1d' }),
});
