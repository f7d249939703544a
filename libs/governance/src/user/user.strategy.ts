import { Injectable } from '@nestjs/common';
import { CacheEvict, StrategyOf } from 'nuthatch';
import type { InvalidationOutcome } from 'nuthatch';
import { together } from '../together.js';
import type { Bar } from '../together.js';
import {
  communityPermissionsTag,
  user,
  userPermissionsTag,
  userSessionsTag,
  userTag,
} from './user.regions.js';

type Work<T> = () => Promise<T>;

/** The cache of users: who they are, what they may do, and whether they are signed in. */
@Injectable()
export class UserStrategy extends StrategyOf(user) {
  /** A user's permissions have changed everywhere. For one community there is `permissions.evict`. */
  permissionsChanged(id: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(userPermissionsTag(id));
  }

  /** Everybody's permissions in a community have changed. */
  permissionsChangedIn(communityId: string): Promise<InvalidationOutcome> {
    return this.invalidateTags(communityPermissionsTag(communityId));
  }

  /**
   * Runs `work`, which ends these sessions of a user in the database. From then on no instance takes one of them for valid, also
   * when this process dies before the cache has heard of it: while it runs nothing that is read of them is kept.
   */
  async revoke<T>(id: number, keys: readonly string[], work: Work<T>): Promise<T> {
    try {
      const bars = keys.map(
        (key): Bar<T> =>
          (inside) =>
            this.barringSession(key, inside),
      );
      return await together(bars, work);
    } finally {
      // those as well that were begun after the keys were read
      await this.invalidateTags(userSessionsTag(id));
    }
  }

  /**
   * Runs `work`, which takes back in the database what a user may do in these communities. From then on no instance lets the user
   * do it there, also when this process dies before the cache has heard of it.
   */
  async withdraw<T>(id: number, communityIds: readonly string[], work: Work<T>): Promise<T> {
    try {
      const bars = communityIds.map(
        (communityId): Bar<T> =>
          (inside) =>
            this.barringPermissions(id, communityId, inside),
      );
      return await together(bars, work);
    } finally {
      await this.permissionsChanged(id);
    }
  }

  /** Condemns everything that is kept of one user; for all users there is `clear`. */
  forget(id: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(userTag(id));
  }

  @CacheEvict({ region: user.session, key: (key: string) => [key], strict: true })
  private barringSession<T>(_key: string, work: Work<T>): Promise<T> {
    return work();
  }

  @CacheEvict({
    region: user.permissions,
    key: (id: number, communityId: string) => [id, communityId],
    strict: true,
  })
  private barringPermissions<T>(_id: number, _communityId: string, work: Work<T>): Promise<T> {
    return work();
  }
}
