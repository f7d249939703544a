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
            this.barring(key, inside),
      );
      return await together(bars, work);
    } finally {
      // those as well that were begun after the keys were read
      await this.invalidateTags(userSessionsTag(id));
    }
  }

  /** Condemns everything that is kept of one user; for all users there is `clear`. */
  forget(id: number): Promise<InvalidationOutcome> {
    return this.invalidateTags(userTag(id));
  }

  @CacheEvict({ region: user.session, key: (key: string) => [key], strict: true })
  private barring<T>(_key: string, work: Work<T>): Promise<T> {
    return work();
  }
}
