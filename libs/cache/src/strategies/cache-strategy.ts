import type { AnyRegion } from '../contracts/region.js';

/**
 * A provider that groups the regions of one domain.
 * Listing its class in `forRoot({ strategies })` or `forFeature([…])` provides it and registers its regions.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class CommunityStrategy extends CacheStrategy {
 *   readonly regions = community;
 *   constructor(private readonly cache: CacheService) { super(); }
 *   forget(id: string) { return this.cache.evict(community.metadata, [[id]]); }
 * }
 * ```
 */
export abstract class CacheStrategy {
  abstract readonly regions: Readonly<Record<string, AnyRegion>>;
}
