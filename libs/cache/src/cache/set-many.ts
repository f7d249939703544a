import type { Duration } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import { worst } from '../contracts/outcome.js';
import { KeyedCall } from './keyed-call.js';
import type { RegionRuntime } from './requests.js';
import type { Writes } from './writes.js';

/** Key arguments and the value that is to be kept under them. */
export type Entry = readonly [args: readonly unknown[], value: unknown];

/**
 * Writes several values by hand: all begun together, then all committed together.
 * @throws CacheError `NO_CANONICAL_KEY`, `NOT_STORABLE` for `undefined`; then nothing is written.
 */
export async function setMany(
  writes: Writes,
  region: RegionRuntime,
  entries: readonly Entry[],
  ttl: Duration | undefined,
): Promise<InvalidationOutcome> {
  const wanted = entries.map(([args, value]) => {
    if (value === undefined)
      throw new CacheError('NOT_STORABLE', 'undefined is a miss and cannot be stored; use delete');
    return { value, ...KeyedCall.get(region, args).write(value, ttl) };
  });
  const begun = await Promise.all(
    wanted.map(async (one) => ({ ...one, pending: await writes.begin(one.write) })),
  );
  const ended = begun.map(({ pending, value, keep }) => writes.commit(pending, value, keep));
  return worst(await Promise.all(ended));
}
