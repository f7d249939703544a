import type { Duration } from './duration.js';
import type { LoadOptions } from './load-policy.js';
import type { Confirmation } from './store.js';

/** What one call may say differently from its region. */
export interface CallOptions {
  /** How long this value is fresh. */
  readonly ttl?: Duration;
}

/** What one call that may load says differently from its region. */
export interface LoadCallOptions extends LoadOptions {
  /** How long this value is fresh. */
  readonly ttl?: Duration;
}

/** How sure an invalidation must be. */
export interface ConfirmOptions {
  /** `'replicated'`: resolves to `confirmed` only when a replica of Redis has it too. */
  readonly confirm?: Confirmation;
}
