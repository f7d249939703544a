import { LEGISLATURE } from 'governance-api';
import type { RollCalls } from 'governance-api';

/** The row of the President, who is announced with the members but votes on nothing. */
export const PRESIDENT_ROW = 1;

/** Somebody as the roll calls name them. */
export type Person = RollCalls['members'][number];

/** Everybody who votes. */
export function membersOf({ members }: Pick<RollCalls, 'members'>): Person[] {
  return members.filter(({ row }) => row !== PRESIDENT_ROW);
}

/** Every community by id, with the rows of its members. */
export function communitiesOf(rollCalls: Pick<RollCalls, 'members'>): Map<string, Set<number>> {
  const communities = new Map<string, Set<number>>();
  for (const { row, party, state } of membersOf(rollCalls)) {
    for (const id of [LEGISLATURE, `party-${party.toLowerCase()}`, `state-${state.toLowerCase()}`])
      communities.set(id, (communities.get(id) ?? new Set()).add(row));
  }
  return communities;
}
