import type { CallOptions } from '../contracts/call-options.js';
import type { Duration } from '../contracts/duration.js';
import { toMilliseconds } from '../contracts/duration.js';
import type { CallContext } from './call-context.js';
import type { KeyedCall } from './keyed-call.js';
import type { Writes } from './writes.js';

/** What a write through works with. */
export interface WriteThroughParts {
  readonly writes: Writes;
  readonly context: CallContext;
}

/**
 * Runs a write to the database between the two phases of a write to the cache. What it reads through the cache is asked of
 * the server, like inside a load: the value it gives will be stored.
 * @throws CacheError `INVALID_OPTION` for a wrong `ttl`, before `work` runs.
 */
export async function writeThrough(
  { writes, context }: WriteThroughParts,
  call: KeyedCall,
  work: () => Promise<unknown>,
  ttl: Duration | undefined,
): Promise<unknown> {
  if (ttl !== undefined) toMilliseconds(ttl, 'ttl');
  const pending = await writes.begin(call.announced);
  try {
    const value = await context.load(async () => work());
    if (call.tags === undefined) await writes.end(pending);
    else await writes.commit(pending, value, call.keep(value, ttl));
    return value;
  } catch (error) {
    await writes.end(pending);
    throw error;
  }
}

/** What a call of `write` is to do, in both of its forms, and what it was told beside. */
export function workOf(given: readonly unknown[]) {
  const [first, second, third] = given;
  if (typeof second !== 'function')
    return { work: first as () => Promise<unknown>, options: (second ?? {}) as CallOptions };
  const persist = second as (value: unknown) => unknown;
  const work = async () => {
    const made = await persist(first);
    return made === undefined ? first : made;
  };
  return { work, options: (third ?? {}) as CallOptions };
}
