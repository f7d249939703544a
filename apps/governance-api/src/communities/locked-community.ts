import type { CommunityTraits } from '@nuthatch/governance';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../database/schema.js';
import { DEFAULT_CONFIGURATION } from './default-configuration.js';

/**
 * Runs a change of one community in a transaction that no other change of it overlaps: what it is before the change is what
 * it still is when the change is written. Gives `undefined` when there is no such community.
 */
export function inLockedCommunity<T>(
  db: Kysely<Schema>,
  id: string,
  change: (transaction: Transaction<Schema>, traits: CommunityTraits) => Promise<T>,
): Promise<T | undefined> {
  return db.transaction().execute(async (transaction) => {
    const found = await transaction
      .selectFrom('communities')
      .where('id', '=', id)
      .select('kind')
      .forUpdate()
      .executeTakeFirst();
    if (!found) return undefined;
    const configured = await transaction
      .selectFrom('configurations')
      .where('community_id', '=', id)
      .select('visibility')
      .executeTakeFirst();
    const { visibility } = configured ?? DEFAULT_CONFIGURATION;
    return change(transaction, { kind: found.kind, visibility });
  });
}
