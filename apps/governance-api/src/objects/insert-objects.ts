import { sql, type Kysely } from 'kysely';
import { SCHEMA, type Schema } from '../database/schema.js';

/** So many rows go into one statement. */
const BATCH = 50_000;

/** Inserts the rows of these objects that are missing. The database makes up what they say about themselves. */
export async function insertObjects(
  db: Kysely<Schema>,
  objects: readonly { readonly type: number; readonly id: number }[],
): Promise<void> {
  for (let from = 0; from < objects.length; from += BATCH) {
    const batch = objects.slice(from, from + BATCH);
    await sql`
      insert into ${sql.table(`${SCHEMA}.objects`)} (type, id, body)
      select type, id, jsonb_build_object(
        'name', concat('object ', type, '/', id),
        'price', (id % 9973) / 100.0,
        'description', repeat(md5(concat(type, '/', id)), 7)
      )
      from unnest(${batch.map(({ type }) => type)}::smallint[], ${batch.map(({ id }) => id)}::integer[]) as named (type, id)
      on conflict do nothing
    `.execute(db);
  }
}
