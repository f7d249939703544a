import { Injectable } from '@nestjs/common';
import { CacheEvict, StrategyOf } from 'nuthatch';
import type { InvalidationOutcome } from 'nuthatch';
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
      return await this.barring(keys, work);
    } finally {
      // those as well that were begun after the keys were read
      await this.invalidateTags(userSessionsTag(id));
    }
  }

  /** Condemns everything that is kept of one user; for all users there is `clear`. */
  forget(id: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(userTag(id));
  }

  private barring<T>(keys: readonly string[], work: Work<T>): Promise<T> {
    const [key, ...others] = keys;
    return key === undefined ? work() : this.barringOne(key, () => this.barring(others, work));
  }

  @CacheEvict({ region: user.session, key: (key: string) => [key], strict: true })
  private barringOne<T>(_key: string, work: Work<T>): Promise<T> {
    return work();
  }
}
