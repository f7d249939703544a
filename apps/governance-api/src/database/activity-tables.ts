import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from './schema.js';

/** Creates what is not there yet of the tables that are written behind. */
export async function createActivity(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('sightings')
    .ifNotExists()
    .addColumn('member_id', 'integer', (c) => c.primaryKey().references('members.id'))
    .addColumn('at', 'timestamptz(3)', (c) => c.notNull())
    .addColumn('doing', 'text', (c) => c.notNull().check(sql`doing in ('session', 'vote')`))
    // of the write: what is older changes nothing
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('views')
    .ifNotExists()
    // of the write: what comes twice is counted once
    .addColumn('id', 'uuid', (c) => c.primaryKey())
    .addColumn('community_id', 'text', (c) => c.notNull().references('communities.id'))
    .addColumn('at', 'timestamptz(3)', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('view_counts')
    .ifNotExists()
    .addColumn('community_id', 'text', (c) => c.primaryKey().references('communities.id'))
    .addColumn('views', 'bigint', (c) => c.notNull())
    .execute();
}
