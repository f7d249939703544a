import { sql } from 'kysely';
import type { BehindWrite, WriteBehindHandling } from 'nuthatch';
import { WriteBehindHandler } from 'nuthatch';
import { GovernanceDatabase } from '../database/governance-database.js';
import type { Sighting } from './activity.regions.js';
import { activity } from './activity.regions.js';

type Write = BehindWrite<readonly [memberId: number], Sighting | null>;

/** Brings sightings to the database, one statement for a batch; what is older than what is there changes nothing. */
@WriteBehindHandler(activity.seen, { batch: 500, maxDelay: '200ms' })
export class SightingsHandler implements WriteBehindHandling<typeof activity.seen> {
  constructor(private readonly database: GovernanceDatabase) {}

  async write(batch: readonly Write[]): Promise<void> {
    const rows = batch.flatMap(({ value, version }) =>
      value === null
        ? []
        : [{ member_id: value.memberId, at: value.at, doing: value.doing, version: String(version) }],
    );
    if (rows.length === 0) return;
    await this.database.db
      .insertInto('sightings')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('member_id')
          .doUpdateSet({
            at: (eb) => eb.ref('excluded.at'),
            doing: (eb) => eb.ref('excluded.doing'),
            version: (eb) => eb.ref('excluded.version'),
          })
          .where(sql.ref('sightings.version'), '<', sql.ref('excluded.version')),
      )
      .execute();
  }
}
