import type { Keep, LoadRequest, Running } from './requests.js';
import type { Trip } from './trip.js';

/**
 * Asks the logs of write-behind what they have of keys that are about to be loaded: the database may not have it yet. Asked
 * after the leases were granted and before any loader runs, for a write that is settled in between has evicted the lease.
 */
export async function askNewest(trips: readonly Trip[]): Promise<void> {
  await Promise.all(
    trips.map(async (trip) => {
      const { region, key } = trip.request;
      const { behind } = region;
      if (behind?.isState !== true) return;
      // a call that has waited for Redis in vain does not wait again
      const gaveUp = behind.terms.durability !== 'none' && trip.budget.spent;
      trip.newest ??= gaveUp ? { kind: 'unknown' } : await behind.newest(key);
    }),
  );
}

/** Whether a key needs no loader: its log has its newest value. */
export function isInLog({ newest }: Trip): boolean {
  return newest?.kind === 'value';
}

/** What a trip is about to load: from the log where that has it, else from the loader. */
export async function loadNewest(trip: Trip, running: Running): Promise<unknown> {
  await askNewest([trip]);
  const { newest, request } = trip;
  return newest?.kind === 'value' ? newest.held.give() : request.load(running);
}

/** How a value is kept that was loaded while its log said nothing: not at all, for it may be an old one. */
export function keepKnown({ newest }: Trip, keep: Keep): Keep {
  return newest?.kind === 'unknown' && keep.kind === 'keep' ? { kind: 'leave', why: 'unavailable' } : keep;
}

/** The value of a key that is not in the cache, if its log has one. */
export async function peekNewest({ region, key }: LoadRequest): Promise<unknown> {
  if (region.behind?.isState !== true) return undefined;
  const newest = await region.behind.newest(key);
  return newest.kind === 'value' ? newest.held.take() : undefined;
}
