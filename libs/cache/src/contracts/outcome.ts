/**
 * What became of an invalidation.
 * - `confirmed`: the server executed it; no later read anywhere in Redis sees an older value. With `confirm: 'replicated'` a
 *   replica has it, too.
 * - `queued`: the server did not answer in time; this process has forgotten the value, and makes up for it before it reads
 *   from that server again. Until then others may keep the value for as long as it lives. Inside a unit of work: it is sent
 *   when the unit is committed.
 * - `failed`: the server refused it; this process has forgotten the value, the entry in Redis lives on until its expiry.
 */
export type InvalidationOutcome = 'confirmed' | 'queued' | 'failed';

const WORST_FIRST: readonly InvalidationOutcome[] = ['failed', 'queued', 'confirmed'];

/** The worst of several outcomes. */
export function worst(outcomes: readonly InvalidationOutcome[]): InvalidationOutcome {
  return WORST_FIRST.find((one) => outcomes.includes(one)) ?? 'confirmed';
}
