import { sql, type Kysely, type Transaction } from 'kysely';
import { PRESIDENT_ROW, type RollCalls } from '../rollcalls/rollcalls.js';
import { communitiesOf, LEGISLATURE } from './seed-communities.js';
import { SCHEMA, type Schema } from './schema.js';
import { createTables } from './tables.js';

/** Whoever seeds holds this lock, so that processes which start together do not get in each other's way. */
const SEED_LOCK = 0x6e757468;

/** How to seed. */
export interface SeedOptions {
  /** Throws away what the tables hold, changed votes included, and starts over. */
  readonly reset?: boolean;
  /** `'none'`: no vote is cast yet. Default: `'seeded'`. */
  readonly votes?: 'seeded' | 'none';
}

/**
 * Creates the tables where they are missing and fills them with the roll calls, in one transaction.
 * A database that is seeded already stays as it is.
 * @returns whether anything was loaded.
 */
export async function seed(
  db: Kysely<Schema>,
  rollCalls: RollCalls,
  options: SeedOptions = {},
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${SEED_LOCK})`.execute(transaction);
    if (options.reset) await sql`drop schema if exists ${sql.id(SCHEMA)} cascade`.execute(transaction);
    await createTables(transaction);
    const present = await transaction.selectFrom('questions').select('id').limit(1).executeTakeFirst();
    if (present) {
      await assertCurrent(transaction);
      return false;
    }
    await fillPeople(transaction, rollCalls);
    await fillQuestions(transaction, rollCalls);
    if (options.votes !== 'none') await fillVotes(transaction, rollCalls);
    return true;
  });
}

/** @throws Error where the tables are those of an earlier version, which has kept less of a vote. */
async function assertCurrent(db: Transaction<Schema>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns where table_schema = ${SCHEMA} and table_name = 'votes'
  `.execute(db);
  const missing = ['cast_at', 'previous', 'party', 'state', 'counted'].filter(
    (column) => !rows.some(({ name }) => name === column),
  );
  if (missing.length === 0) return;
  throw new Error(
    `The table ${SCHEMA}.votes is of an earlier version: it has no ${missing.join(', ')}. Drop the schema ${SCHEMA}, and it is filled anew.`,
  );
}

async function fillPeople(db: Transaction<Schema>, rollCalls: RollCalls): Promise<void> {
  const { communities, memberships } = communitiesOf(rollCalls.members);
  await db.insertInto('communities').values(communities).execute();
  await db
    .insertInto('members')
    .values(rollCalls.members.map(({ row, ...member }) => ({ id: row, ...member })))
    .execute();
  await db.insertInto('memberships').values(memberships).execute();
}

async function fillQuestions(db: Transaction<Schema>, rollCalls: RollCalls): Promise<void> {
  await db
    .insertInto('questions')
    .values(
      rollCalls.questions.map(({ officialYea, officialNay, ...question }) => ({
        ...question,
        community_id: LEGISLATURE,
        official_yea: officialYea,
        official_nay: officialNay,
      })),
    )
    .execute();
}

/**
 * All votes on a question were cast at noon of its date, as far as anybody knows, and those of its community's members count:
 * not the President's.
 */
async function fillVotes(db: Transaction<Schema>, rollCalls: RollCalls): Promise<void> {
  const table = (name: string) => sql.table(`${SCHEMA}.${name}`);
  // The server takes the lines apart itself: one parameter instead of 195,000.
  await sql`
    insert into ${table('votes')} (question_id, member_id, position, cast_at, party, state, counted)
    select q.id, m.id, substr(line, m.id, 1)::smallint, (q.date || ' 12:00+00')::timestamptz, m.party, m.state,
           belongs.member_id is not null
    from unnest(${rollCalls.votes}::text[]) with ordinality as lines (line, place)
    join ${table('questions')} as q on q.id = lines.place
    join ${table('members')} as m on m.id between ${PRESIDENT_ROW}::integer and length(line)
    left join ${table('memberships')} as belongs
      on belongs.community_id = q.community_id and belongs.member_id = m.id
    where substr(line, m.id, 1) <> '0'
  `.execute(db);
}
