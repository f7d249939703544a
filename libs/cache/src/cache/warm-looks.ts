import type { MemoryTier } from '../tiers/memory-tier.js';
import type { Clock } from '../contracts/clock.js';
import type { Fetch } from './fetch.js';
import type { Found } from './reader.js';
import type { LoadRequest, RegionRuntime } from './requests.js';
import type { Errand, Missing } from './warm-errand.js';

/** The share of memory's bytes from which on it counts as full: one that is full lets go of what is used least. */
const NEARLY = 0.9;

/** What looks work with. */
export interface LookParts {
  readonly fetch: Fetch;
  readonly memory: MemoryTier;
  readonly clock: Clock;
}

/** What a look came to: keys that are fresh, and keys that are not. */
export interface Looked {
  readonly fresh: readonly Errand[];
  readonly missing: readonly Missing[];
  /** Keys that cannot be kept: nobody can tell what they are, or their tags. */
  readonly lost: readonly Errand[];
}

/** Looks for many keys at once, which is no request for any of them. What Redis has is taken into memory while there is room. */
export class WarmLooks {
  constructor(
    private readonly parts: LookParts,
    readonly region: RegionRuntime,
  ) {}

  /** Whether memory can take more without letting go of something else. */
  get hasRoom(): boolean {
    const { memory } = this.parts;
    const { maxItems, maxBytes } = memory.bounds;
    return this.region.memory && memory.items < maxItems && memory.bytes < maxBytes * NEARLY;
  }

  async look(errands: readonly Errand[]): Promise<Looked> {
    const fresh: Errand[] = [];
    const missing: Missing[] = [];
    const lost = errands.filter(({ request }) => request === undefined);
    const setting = this.parts.fetch.setting(this.region);
    const looks = errands.map(async (errand) => {
      const { request } = errand;
      if (request === undefined) return;
      if (this.isInMemory(request)) return void fresh.push(errand);
      const trip = this.parts.fetch.trip(request, setting);
      const found = await this.#find(trip);
      if (found?.kind === 'hit') fresh.push(errand);
      else missing.push({ errand, request, trip, found });
    });
    await Promise.all(looks);
    return { fresh, missing, lost };
  }

  isInMemory({ key, region }: LoadRequest): boolean {
    const { memory, clock } = this.parts;
    return region.memory && memory.get(key)?.isFresh(clock.now()) === true;
  }

  async #find(trip: Missing['trip']): Promise<Found | undefined> {
    const { fetch } = this.parts;
    const found = await fetch.find(trip, undefined);
    if (this.hasRoom) fetch.taken(trip, found, undefined);
    return found;
  }
}
