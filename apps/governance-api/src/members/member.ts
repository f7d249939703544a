import '@nuthatch/governance';
import type { CommunityKind, Theme } from '../database/schema.js';

/** What senators, and the President, have beyond what every user has. */
declare module '@nuthatch/governance' {
  interface UserProfile {
    readonly icpsr: number;
    readonly name: string;
    readonly party: string;
    readonly state: string;
  }

  interface UserPreferences {
    readonly language: string;
    readonly theme: Theme;
    readonly notifications: boolean;
  }

  interface UserMembership {
    readonly kind: CommunityKind;
  }

  interface UserEvent {
    readonly communityId: string | null;
  }
}

export const THEMES: readonly Theme[] = ['light', 'dark', 'system'];

/** What may be granted; members of a community may `read` and `vote` anyway. */
export const GRANTS = ['configure', 'moderate', 'propose'] as const;
export type Grant = (typeof GRANTS)[number];

export type {
  UserEvent,
  UserMembership,
  UserPermissions,
  UserPreferences,
  UserProfile,
} from '@nuthatch/governance';
