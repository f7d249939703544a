import { sql, type Kysely } from 'kysely';
import { createAccounts } from './account-tables.js';
import { createActivity } from './activity-tables.js';
import { SCHEMA, type Schema } from './schema.js';

/** Creates what is not there yet of the schema and its tables. */
export async function createTables(db: Kysely<Schema>): Promise<void> {
  await sql`create schema if not exists ${sql.id(SCHEMA)}`.execute(db);
  await createPeople(db);
  await createAccounts(db);
  await createActivity(db);
  await createVoting(db);
  await createObjects(db);
}

async function createPeople(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('communities')
    .ifNotExists()
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('legislature', 'party', 'state')`))
    .addColumn('name', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('members')
    .ifNotExists()
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('icpsr', 'integer', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('party', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('memberships')
    .ifNotExists()
    .addColumn('community_id', 'text', (c) => c.notNull().references('communities.id'))
    .addColumn('member_id', 'integer', (c) => c.notNull().references('members.id'))
    .addPrimaryKeyConstraint('memberships_key', ['community_id', 'member_id'])
    .execute();
}

async function createVoting(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('questions')
    .ifNotExists()
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('community_id', 'text', (c) => c.notNull().references('communities.id'))
    .addColumn('date', 'text', (c) => c.notNull())
    .addColumn('session', 'integer', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('bill', 'text', (c) => c.notNull())
    .addColumn('question', 'text', (c) => c.notNull())
    .addColumn('result', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('official_yea', 'integer', (c) => c.notNull())
    .addColumn('official_nay', 'integer', (c) => c.notNull())
    .addUniqueConstraint('questions_number', ['session', 'number'])
    .execute();
  await db.schema
    .createTable('votes')
    .ifNotExists()
    .addColumn('question_id', 'integer', (c) => c.notNull().references('questions.id'))
    .addColumn('member_id', 'integer', (c) => c.notNull().references('members.id'))
    .addColumn('position', 'smallint', (c) => c.notNull().check(sql`position between 1 and 9`))
    .addColumn('previous', 'smallint')
    // to the millisecond: what clients are told is what is reckoned with
    .addColumn('cast_at', 'timestamptz(3)', (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('party', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('counted', 'boolean', (c) => c.notNull())
    .addPrimaryKeyConstraint('votes_key', ['question_id', 'member_id'])
    .execute();
  await db.schema.createIndex('votes_of_member').ifNotExists().on('votes').column('member_id').execute();
}

async function createObjects(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('objects')
    .ifNotExists()
    .addColumn('type', 'smallint', (c) => c.notNull())
    .addColumn('id', 'integer', (c) => c.notNull())
    .addColumn('body', 'jsonb', (c) => c.notNull())
    .addPrimaryKeyConstraint('objects_key', ['type', 'id'])
    .execute();
}
