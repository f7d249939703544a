import { sql, type Kysely } from 'kysely';
import type { Schema } from './schema.js';

/** Creates what is not there yet of the tables that hang on communities and members. */
export async function createAccounts(db: Kysely<Schema>): Promise<void> {
  await createConfigurations(db);
  await createGrants(db);
  await createSessions(db);
  await createPreferences(db);
  await createWallets(db);
  await createEvents(db);
}

async function createConfigurations(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('configurations')
    .ifNotExists()
    .addColumn('community_id', 'text', (c) => c.primaryKey().references('communities.id'))
    .addColumn('visibility', 'text', (c) => c.notNull().check(sql`visibility in ('public', 'members')`))
    .addColumn('quorum', 'smallint', (c) => c.notNull().check(sql`quorum between 0 and 100`))
    .addColumn('voting_days', 'smallint', (c) => c.notNull().check(sql`voting_days between 1 and 365`))
    .execute();
}

async function createGrants(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('grants')
    .ifNotExists()
    .addColumn('member_id', 'integer', (c) => c.notNull().references('members.id'))
    .addColumn('community_id', 'text', (c) => c.notNull().references('communities.id'))
    .addColumn('permission', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('grants_key', ['member_id', 'community_id', 'permission'])
    .execute();
}

async function createSessions(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .ifNotExists()
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('member_id', 'integer', (c) => c.notNull().references('members.id'))
    .addColumn('expires_at', 'timestamptz(3)', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('sessions_of_member')
    .ifNotExists()
    .on('sessions')
    .column('member_id')
    .execute();
}

async function createPreferences(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('preferences')
    .ifNotExists()
    .addColumn('member_id', 'integer', (c) => c.primaryKey().references('members.id'))
    .addColumn('language', 'text', (c) => c.notNull())
    .addColumn('theme', 'text', (c) => c.notNull().check(sql`theme in ('light', 'dark', 'system')`))
    .addColumn('notifications', 'boolean', (c) => c.notNull())
    .execute();
}

async function createWallets(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('wallets')
    .ifNotExists()
    .addColumn('address', 'text', (c) => c.primaryKey())
    .addColumn('member_id', 'integer', (c) => c.notNull().references('members.id'))
    .execute();
}

async function createEvents(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('events')
    .ifNotExists()
    .addColumn('id', 'serial', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('at', 'timestamptz(3)', (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('community_id', 'text', (c) => c.references('communities.id'))
    .addColumn('member_id', 'integer', (c) => c.references('members.id'))
    .execute();
  await index(db, 'community_id');
  await index(db, 'member_id');
}

/** The latest first, as activity is asked for. */
async function index(db: Kysely<Schema>, column: 'community_id' | 'member_id'): Promise<void> {
  const created = db.schema.createIndex(`events_by_${column}`).ifNotExists().on('events');
  await created.columns([column, 'id']).execute();
}
