/**
 * What a community is made of. The interfaces are open: an application that knows more of a community merges its own properties
 * in (`declare module '@nuthatch/governance' { interface CommunityMetadata { … } }`), and every region carries them.
 */

/** What a community is, without who belongs to it. */
export interface CommunityMetadata {
  readonly id: string;
  readonly name: string;
}

/** What its members have agreed on. */
export interface CommunityConfiguration {
  readonly communityId: string;
}

/** Somebody who belongs to a community. */
export interface CommunityMember {
  readonly id: number;
}

/** How many belong to a community. */
export interface CommunityMemberCount {
  readonly communityId: string;
  readonly members: number;
}

/** Something that happened in a community. */
export interface CommunityEvent {
  /** What happened, in one word: `joined`. */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * What lists tell communities apart by, one text each. A change invalidates the lists for the values before and after it, so
 * whatever a community has one value of, and visitors choose by, belongs here.
 */
export interface CommunityTraits {
  readonly kind?: string;
}

/** In which order a list is. */
export type CommunityOrder = 'id' | 'name' | 'members';

/** Which communities a list shows: those with the given traits and the rest of it. */
export interface CommunityFilter extends CommunityTraits {
  /** A part of the name, in whatever case. */
  readonly name?: string;
  readonly minMembers?: number;
  /** Default: `'id'`. */
  readonly sort?: CommunityOrder;
  /** Default: all communities on one page. */
  readonly page?: number;
}
