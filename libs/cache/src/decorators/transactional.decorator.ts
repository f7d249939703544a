import type { AsyncMethod } from './types.js';
import { decorate } from './wrap.js';

/** What `@CacheTransactional` can be told. */
export interface CacheTransactionalOptions {
  /**
   * Whether an error that the method throws means that its transaction was rolled back; then what was evicted inside is
   * forgotten. Default: every error does but those of a connection that broke, after which nobody knows.
   */
  readonly rolledBack?: (error: unknown) => boolean;
}

/**
 * Makes a unit of work of a method that runs a database transaction: evicts, puts and invalidations inside it, also those of
 * methods it calls, are sent after it has committed, that is, when its promise resolves, and dropped when it was rolled
 * back. Inside, what it has touched is read past the cache, and nothing that is loaded is kept. It must stand above whatever
 * opens the transaction; one inside another belongs to the outer one.
 *
 * @example
 * ```ts
 * @CacheTransactional()
 * move(id: string, to: string): Promise<void> {
 *   return this.db.transaction().execute(async (trx) => { …; await this.cache.evict(community.metadata, [[id]]); });
 * }
 * ```
 */
export function CacheTransactional(
  options: CacheTransactionalOptions = {},
): <M extends AsyncMethod>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  return decorate({ kind: 'transactional', options });
}
