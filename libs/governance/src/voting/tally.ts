import type { Counts } from 'nuthatch';
import type { KeptVote, Position, Totals } from './voting.types.js';

/** The votes of a party's members from one state: as finely as votes are counted. */
export interface Tally extends Totals {
  readonly party: string;
  readonly state: string;
}

const POSITIONS: readonly Position[] = ['yea', 'nay', 'notVoting'];

/** The name of a counter: position, party and state, of which the last two may be any text. */
function nameOf(position: Position, { party, state }: Pick<Tally, 'party' | 'state'>): string {
  return [position, encodeURIComponent(party), encodeURIComponent(state)].join('/');
}

/** Tallies as counters. */
export function countsOfTallies(tallies: readonly Tally[]): Counts {
  return Object.fromEntries(
    tallies.flatMap((tally) =>
      POSITIONS.map((position) => [nameOf(position, tally), tally[position]] as const),
    ),
  );
}

/** Counters as tallies: those of nobody's votes are left out. */
export function talliesOf(counts: Counts): Tally[] {
  const tallies = new Map<string, { party: string; state: string } & Record<Position, number>>();
  for (const [name, count] of Object.entries(counts)) {
    const [position, party = '', state = ''] = name.split('/');
    const key = `${party}/${state}`;
    const none = { party: decodeURIComponent(party), state: decodeURIComponent(state), ...totalsOf({}) };
    const tally = tallies.get(key) ?? none;
    tally[position as Position] += count;
    tallies.set(key, tally);
  }
  return [...tallies.values()];
}

/** Counters by position as totals. */
export function totalsOf({ yea = 0, nay = 0, notVoting = 0 }: Counts): Totals {
  return { yea, nay, notVoting };
}

/** What a vote changes in a question's tally, and in any that is by position only; nothing where it was cast once more. */
export function deltasOf({ previous, position, ...voter }: KeptVote): { tally: Counts; totals: Counts } {
  if (previous === position) return { tally: {}, totals: {} };
  const added = { tally: { [nameOf(position, voter)]: 1 }, totals: { [position]: 1 } };
  if (previous === null) return added;
  return {
    tally: { ...added.tally, [nameOf(previous, voter)]: -1 },
    totals: { ...added.totals, [previous]: -1 },
  };
}
