import type { Kysely } from 'kysely';
import type { Schema } from './schema.js';

/** How many events activity goes back. */
export const RECENT_EVENTS = 50;

/** What happened, where and to whom. */
export interface Happening {
  readonly kind: string;
  readonly communityId?: string;
  readonly memberId?: number;
}

/** Keeps an event, in the transaction of what it tells of. */
export async function record(db: Kysely<Schema>, { kind, communityId, memberId }: Happening): Promise<void> {
  const row = { kind, community_id: communityId ?? null, member_id: memberId ?? null };
  await db.insertInto('events').values(row).execute();
}
