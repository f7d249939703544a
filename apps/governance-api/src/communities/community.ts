import '@nuthatch/governance';
import type { CommunityKind, Visibility } from '../database/schema.js';

/** What the legislature, its parties and its states have beyond what every community has. */
declare module '@nuthatch/governance' {
  interface CommunityMetadata {
    readonly kind: CommunityKind;
    /** How many belong to it. */
    readonly size: number;
  }

  interface CommunityTraits {
    readonly visibility?: string;
  }

  interface CommunityConfiguration {
    readonly visibility: Visibility;
    /** How many percent of the members must vote. */
    readonly quorum: number;
    readonly votingDays: number;
  }

  interface CommunityMember {
    readonly icpsr: number;
    readonly name: string;
    readonly party: string;
    readonly state: string;
  }

  interface CommunityEvent {
    /** Who did it, or to whom it happened; `null` where that is the community. */
    readonly memberId: number | null;
  }
}

export const COMMUNITY_KINDS: readonly CommunityKind[] = ['legislature', 'party', 'state'];
export const VISIBILITIES: readonly Visibility[] = ['public', 'members'];

export type {
  CommunityConfiguration,
  CommunityEvent,
  CommunityFilter,
  CommunityMember,
  CommunityMemberCount,
  CommunityMetadata,
} from '@nuthatch/governance';
