import { defineRegions, region } from 'nuthatch';
import type {
  UserEvent,
  UserMembership,
  UserPermissions,
  UserPreferences,
  UserProfile,
  UserSession,
  WalletOwner,
} from './user.types.js';

/** Condemns everything that is kept of one user, except for wallets that are nobody's. */
export function userTag(id: number): string {
  return `user:id:${id}`;
}

/** Condemns the sessions of one user. */
export function userSessionsTag(id: number): string {
  return `user:sessions:${id}`;
}

/** Condemns one user's permissions, everywhere. */
export function userPermissionsTag(id: number): string {
  return `user:permissions:user:${id}`;
}

/** Condemns everybody's permissions in one community. */
export function communityPermissionsTag(communityId: string): string {
  return `user:permissions:community:${encodeURIComponent(communityId)}`;
}

const single = (id: number) => [userTag(id)];

/** What is kept of users: how long it is fresh, and what condemns it. */
export const user = defineRegions('user', {
  profile: region<[id: number], UserProfile>({ ttl: '1h', tags: single }),
  /** Strict: no instance's memory answers with a permission that was taken back. */
  permissions: region<[id: number, communityId: string], UserPermissions>({
    ttl: '5m',
    strict: true,
    tags: (id, communityId) => [userTag(id), userPermissionsTag(id), communityPermissionsTag(communityId)],
  }),
  /** By `sessionKey(token)`. Strict: no instance's memory answers for a session that was revoked. `null`: there is none. */
  session: region<[key: string], UserSession | null>({
    ttl: '30m',
    nullTtl: '10s',
    sliding: true,
    strict: true,
    resultTags: (session) => (session ? [userTag(session.userId), userSessionsTag(session.userId)] : []),
  }),
  preferences: region<[id: number], UserPreferences>({ ttl: '30m', tags: single }),
  activity: region<[id: number], readonly UserEvent[]>({ ttl: '1m', tags: single }),
  memberships: region<[id: number], readonly UserMembership[]>({ ttl: '10m', tags: single }),
  /** By `canonicalAddress(address)`. `null`: it is nobody's, which may change soon. */
  wallet: region<[address: string], WalletOwner | null>({
    ttl: '1h',
    nullTtl: '30s',
    resultTags: (owner) => (owner ? [userTag(owner.userId)] : []),
  }),
});
