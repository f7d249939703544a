/**
 * What is known of a user. The interfaces are open: an application that knows more merges its own properties in
 * (`declare module '@nuthatch/governance' { interface UserProfile { … } }`), and every region carries them.
 */

/** Who a user is, for everybody to see. */
export interface UserProfile {
  readonly id: number;
}

/** What a user may do in one community. */
export interface UserPermissions {
  readonly userId: number;
  readonly communityId: string;
  /** In alphabetical order. */
  readonly permissions: readonly string[];
}

/** That a user has signed in. It knows no token: whoever reads the cache cannot become somebody. */
export interface UserSession {
  readonly userId: number;
  /** When it ends at the latest, however often it is used. ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** How a user wants it. */
export interface UserPreferences {
  readonly userId: number;
}

/** Something that a user did. */
export interface UserEvent {
  /** What, in one word: `joined`. */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** That a user belongs to a community. */
export interface UserMembership {
  readonly communityId: string;
}

/** Whose wallet it is. */
export interface WalletOwner {
  /** In its canonical form. */
  readonly address: string;
  readonly userId: number;
}
