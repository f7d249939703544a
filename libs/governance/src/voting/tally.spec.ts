import { describe, expect, it } from '@jest/globals';
import { countsOfTallies, deltasOf, talliesOf, totalsOf } from './tally.js';
import type { KeptVote, Position } from './voting.types.js';

const kept = (previous: Position | null, position: Position): KeptVote => ({
  questionId: 7,
  memberId: 2,
  position,
  castAt: '2005-01-26T12:00:00.000Z',
  previous,
  party: 'R',
  state: 'AL',
  counted: true,
});

describe('Tallies as counters', () => {
  it.each([
    ['R', 'AL'],
    ['a/b', 'yea/nay'],
    ['%2F', ''],
    ['Öko', 'ÅÄ 🗳'],
  ])('come back as they were for the party %j and the state %j', (party, state) => {
    const tallies = [
      { party, state, yea: 3, nay: 0, notVoting: 1 },
      { party: 'D', state, yea: 0, nay: 2, notVoting: 0 },
    ];
    expect(talliesOf(countsOfTallies(tallies))).toEqual(tallies);
  });

  it('know nothing of those without a count', () => {
    expect(talliesOf({})).toEqual([]);
    expect(totalsOf({})).toEqual({ yea: 0, nay: 0, notVoting: 0 });
    expect(totalsOf({ nay: 4 })).toEqual({ yea: 0, nay: 4, notVoting: 0 });
  });
});

describe('What a vote changes', () => {
  it('is its position when it is the first, both positions when it was changed, and nothing when it is the same', () => {
    expect(deltasOf(kept(null, 'yea'))).toEqual({ tally: { 'yea/R/AL': 1 }, totals: { yea: 1 } });
    expect(deltasOf(kept('yea', 'nay'))).toEqual({
      tally: { 'nay/R/AL': 1, 'yea/R/AL': -1 },
      totals: { nay: 1, yea: -1 },
    });
    expect(deltasOf(kept('nay', 'nay'))).toEqual({ tally: {}, totals: {} });
  });
});
