import { defineRegions, region } from 'nuthatch';
import { listTag } from './community.filter.js';
import type {
  CommunityConfiguration,
  CommunityEvent,
  CommunityFilter,
  CommunityMember,
  CommunityMemberCount,
  CommunityMetadata,
} from './community.types.js';

/** Condemns every list of communities. */
export const COMMUNITY_LISTS = 'community:lists';

/** Condemns everything that is kept of one community, except for lists. */
export function communityTag(id: string): string {
  return `community:id:${encodeURIComponent(id)}`;
}

/** Condemns what tells who or how many belong to a community. */
export function communityMembersTag(id: string): string {
  return `community:members:${encodeURIComponent(id)}`;
}

const single = (id: string) => [communityTag(id)];
const peopled = (id: string) => [communityTag(id), communityMembersTag(id)];

/** What is kept of communities: how long it is fresh, and what condemns it. */
export const community = defineRegions('community', {
  metadata: region<[id: string], CommunityMetadata>({ ttl: '10m', tags: peopled }),
  configuration: region<[id: string], CommunityConfiguration>({ ttl: '30m', tags: single }),
  /** By a canonical filter: see `canonicalFilter`. */
  list: region<[filter: CommunityFilter], readonly CommunityMetadata[]>({
    ttl: '5m',
    tags: (filter) => [COMMUNITY_LISTS, listTag(filter)],
  }),
  memberCount: region<[id: string], CommunityMemberCount>({ ttl: '10m', tags: peopled }),
  members: region<[id: string], readonly CommunityMember[]>({ ttl: '1h', tags: peopled }),
  activity: region<[id: string], readonly CommunityEvent[]>({ ttl: '1m', tags: single }),
});
