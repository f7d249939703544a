import { sql } from 'kysely';

/** How many votes of a group are yea, nay and neither, where `v` is the table of the votes. */
export function countPositions() {
  return [
    countBetween(1, 3).as('yea'),
    countBetween(4, 6).as('nay'),
    countBetween(7, 9).as('notVoting'),
  ] as const;
}

function countBetween(from: number, to: number) {
  return sql<number>`(count(*) filter (where v.position between ${sql.lit(from)} and ${sql.lit(to)}))::integer`;
}
