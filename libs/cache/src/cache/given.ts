import { faultOf } from '../contracts/user-fault.js';
import type { HeldValue } from '../tiers/held-value.js';
import type { RegionRuntime } from './requests.js';

/** A stored value for a caller that only looks; one that the region's `revive` throws at is none, and is said once. */
export function given(region: RegionRuntime, held: HeldValue | undefined): unknown {
  try {
    return held?.give();
  } catch (error) {
    return unrevivable(region, error);
  }
}

/** No value: the region's `revive` threw. */
export function unrevivable(region: RegionRuntime, error: unknown): undefined {
  region.refused(`its revive function ${faultOf(error)}`);
  return undefined;
}
