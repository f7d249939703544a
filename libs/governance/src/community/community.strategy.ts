import { Injectable } from '@nestjs/common';
import { StrategyOf } from 'nuthatch';
import type { InvalidationOutcome } from 'nuthatch';
import { listTagsOf } from './community.filter.js';
import { COMMUNITY_LISTS, community, communityMembersTag, communityTag } from './community.regions.js';
import type { CommunityTraits } from './community.types.js';

/** What a change has made of a community, as far as lists tell communities apart. */
export interface CommunityChange {
  /** Left out for a community that is new. */
  readonly before?: CommunityTraits;
  /** Left out for a community that is gone. */
  readonly after?: CommunityTraits;
}

type Work<T> = () => Promise<T | undefined>;

/** The cache of communities: what each is, who belongs to it, and the lists of them. */
@Injectable()
export class CommunityStrategy extends StrategyOf(community) {
  /**
   * Runs `work`, which changes a community in the database and tells what it was and has become, and condemns what is kept of it and
   * the lists that could contain it. `undefined` means that nothing was changed.
   */
  changeCommunity<T extends CommunityChange>(id: string, work: Work<T>): Promise<T | undefined> {
    return this.condemning(communityTag(id), work);
  }

  /** The same for a change of who belongs to a community: its configuration and its activity stay. */
  changeMembers<T extends CommunityChange>(id: string, work: Work<T>): Promise<T | undefined> {
    return this.condemning(communityMembersTag(id), work);
  }

  /** Members of these communities are no longer called what they were: lists of members are condemned, and nothing else. */
  membersRenamed(communityIds: readonly string[]): Promise<InvalidationOutcome> {
    return this.invalidateTags(...communityIds.map(communityMembersTag));
  }

  /**
   * Condemns everything that this strategy keeps of one community, every list included; for all communities there is `clear`. What is
   * kept of users stays: the permissions in it (`UserStrategy.permissionsChangedIn`) and its members' memberships.
   */
  forget(id: string): Promise<InvalidationOutcome> {
    return this.invalidateTags(communityTag(id), COMMUNITY_LISTS);
  }

  private async condemning<T extends CommunityChange>(tag: string, work: Work<T>): Promise<T | undefined> {
    let changed: T | undefined;
    try {
      changed = await work();
    } catch (error) {
      // nobody knows whether it was written, nor from which traits to which
      await this.invalidateTags(tag, COMMUNITY_LISTS);
      throw error;
    }
    if (changed === undefined) return undefined;
    const lists = [changed.before, changed.after].flatMap((traits) => (traits ? listTagsOf(traits) : []));
    await this.invalidateTags(tag, ...new Set(lists));
    return changed;
  }
}
