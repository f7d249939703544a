/**
 * What became of an invalidation.
 * - `confirmed`: the server executed it; no later read anywhere in Redis sees an older value.
 * - `failed`: the server did not answer in time; this process has forgotten the value, others may keep it up to `maxStaleness`
 *   and the entry in Redis lives on until its expiry.
 */
export type InvalidationOutcome = 'confirmed' | 'failed';
