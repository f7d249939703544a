import { sql } from 'kysely';
import type { BehindWrite, WriteBehindHandling } from 'nuthatch';
import { WriteBehindHandler } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import { SCHEMA } from '../database/schema.js';
import type { View } from './activity.regions.js';
import { activity } from './activity.regions.js';
import { ActivityStrategy } from './activity.strategy.js';

type Write = BehindWrite<readonly [communityId: string], View>;

/** Adds page views up, each once however often it comes: what is kept of a view is its id. */
@WriteBehindHandler(activity.view, { batch: 500, maxDelay: '200ms' })
export class ViewsHandler implements WriteBehindHandling<typeof activity.view> {
  constructor(
    private readonly database: GovernanceDatabase,
    private readonly strategy: ActivityStrategy,
  ) {}

  async write(batch: readonly Write[]): Promise<void> {
    const ids = batch.map(({ id }) => id);
    const communities = batch.map(({ args: [communityId] }) => communityId);
    const times = batch.map(({ value }) => value.at);
    const schema = sql.id(SCHEMA);
    // views of communities that are none are nobody's
    await sql`
      with given as (
        select * from unnest(${ids}::uuid[], ${communities}::text[], ${times}::timestamptz[]) as g(id, community_id, at)
      ), added as (
        insert into ${schema}.views (id, community_id, at)
        select g.id, g.community_id, g.at from given g join ${schema}.communities c on c.id = g.community_id
        on conflict (id) do nothing returning community_id
      )
      insert into ${schema}.view_counts as counts (community_id, views)
      select community_id, count(*) from added group by community_id order by community_id
      on conflict (community_id) do update set views = counts.views + excluded.views
    `.execute(this.database.db);
    await this.strategy.views.evictMany([...new Set(communities)].map((id) => [id]));
  }
}
