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

/** The id of every community. */
export function communitiesOf(rollCalls: Pick<RollCalls, 'members'>): string[] {
  const ids = membersOf(rollCalls).flatMap(({ party, state }) => [
    `party-${party.toLowerCase()}`,
    `state-${state.toLowerCase()}`,
  ]);
  return [...new Set([LEGISLATURE, ...ids])];
}
