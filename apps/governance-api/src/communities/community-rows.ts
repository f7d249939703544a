import { sql, type Kysely } from 'kysely';
import type { CommunityKind, Schema, Visibility } from '../database/schema.js';
import type { CommunityFilter, CommunityMetadata } from './community.js';
import { DEFAULT_CONFIGURATION } from './default-configuration.js';

/** How many communities a page holds. */
const PAGE_SIZE = 20;

/** A community as it is now. */
export function communityIn(db: Kysely<Schema>, id: string): Promise<CommunityMetadata | undefined> {
  return rowsOf(db).where('id', '=', id).select(['id', 'kind', 'name', 'size']).executeTakeFirst();
}

/** Those that a canonical filter asks for. */
export function communitiesIn(db: Kysely<Schema>, filter: CommunityFilter): Promise<CommunityMetadata[]> {
  const { kind, visibility, name, minMembers, sort = 'id', page } = filter;
  const matching = rowsOf(db)
    .$if(kind !== undefined, (rows) => rows.where('kind', '=', kind as CommunityKind))
    .$if(visibility !== undefined, (rows) => rows.where('visibility', '=', visibility as Visibility))
    .$if(name !== undefined, (rows) => rows.where(sql<boolean>`position(${name} in lower(name)) > 0`))
    .$if(minMembers !== undefined, (rows) => rows.where('size', '>=', minMembers ?? 0))
    .select(['id', 'kind', 'name', 'size'])
    .$if(sort === 'name', (rows) => rows.orderBy('name'))
    .$if(sort === 'members', (rows) => rows.orderBy('size', 'desc'))
    .orderBy('id');
  const shown = page === undefined ? matching : matching.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE);
  return shown.execute();
}

/** Communities with what lists choose them by. */
function rowsOf(db: Kysely<Schema>) {
  const size = db
    .selectFrom('memberships')
    .whereRef('memberships.community_id', '=', sql.ref('communities.id'))
    .select(sql<number>`count(*)::integer`.as('size'));
  const rows = db
    .selectFrom('communities')
    .leftJoin('configurations as own', 'own.community_id', 'communities.id')
    .select(['communities.id', 'kind', 'name', sql<number>`(${size})`.as('size')])
    .select(sql<Visibility>`coalesce(own.visibility, ${DEFAULT_CONFIGURATION.visibility})`.as('visibility'));
  return db.selectFrom(rows.as('community'));
}
