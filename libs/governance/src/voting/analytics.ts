import type { Tally } from './tally.js';
import type {
  Participation,
  PartySplit,
  PartyTotals,
  QuestionAnalytics,
  QuestionResults,
  Totals,
} from './voting.types.js';

/** What the votes on a question come to, in total and by party. */
export function resultsOf(questionId: number, tallies: readonly Tally[]): QuestionResults {
  const total = sum(tallies);
  return {
    questionId,
    ...total,
    participation: participationOf(total).participation,
    parties: partiesOf(tallies),
  };
}

/** Where the votes on a question came from, and how each party split. */
export function analyticsOf(questionId: number, tallies: readonly Tally[]): QuestionAnalytics {
  const total = sum(tallies);
  return {
    questionId,
    margin: total.yea - total.nay,
    participation: participationOf(total),
    parties: partiesOf(tallies).map(splitOf),
    states: grouped(tallies, ({ state }) => state).map(([state, totals]) => ({ state, ...totals })),
  };
}

/** How many of these votes are yea or nay. */
export function participationOf({ yea, nay, notVoting }: Totals): Participation {
  const voted = yea + nay;
  const entitled = voted + notVoting;
  return { entitled, voted, participation: entitled === 0 ? 0 : voted / entitled };
}

function splitOf(party: PartyTotals): PartySplit {
  const { yea, nay } = party;
  const unity = yea + nay === 0 ? 0 : Math.max(yea, nay) / (yea + nay);
  if (yea === nay) return { ...party, majority: null, unity };
  return { ...party, majority: yea > nay ? 'yea' : 'nay', unity };
}

function partiesOf(tallies: readonly Tally[]): PartyTotals[] {
  return grouped(tallies, ({ party }) => party).map(([party, totals]) => ({ party, ...totals }));
}

/** The sums by some property of theirs, in its order. */
function grouped(tallies: readonly Tally[], by: (tally: Tally) => string): [string, Totals][] {
  const groups = new Map<string, Tally[]>();
  for (const tally of tallies) groups.set(by(tally), [...(groups.get(by(tally)) ?? []), tally]);
  const inOrder = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([name, members]) => [name, sum(members)]);
}

function sum(tallies: readonly Totals[]): Totals {
  const total = { yea: 0, nay: 0, notVoting: 0 };
  for (const { yea, nay, notVoting } of tallies) {
    total.yea += yea;
    total.nay += nay;
    total.notVoting += notVoting;
  }
  return total;
}
