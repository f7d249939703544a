import { describe, expect, it } from '@jest/globals';
import { analyticsOf, participationOf, resultsOf } from './analytics.js';
import type { Tally } from './tally.js';

const tally = (party: string, state: string, [yea, nay, notVoting]: [number, number, number]): Tally => ({
  party,
  state,
  yea,
  nay,
  notVoting,
});

const TALLIES = [
  tally('R', 'VT', [1, 2, 0]),
  tally('D', 'VT', [3, 0, 1]),
  tally('R', 'AL', [4, 0, 0]),
  tally('I', 'AL', [1, 1, 0]),
];

describe('The results of a question', () => {
  it('are its totals, and those of each party in alphabetical order', () => {
    expect(resultsOf(7, TALLIES)).toEqual({
      questionId: 7,
      yea: 9,
      nay: 3,
      notVoting: 1,
      participation: 12 / 13,
      parties: [
        { party: 'D', yea: 3, nay: 0, notVoting: 1 },
        { party: 'I', yea: 1, nay: 1, notVoting: 0 },
        { party: 'R', yea: 5, nay: 2, notVoting: 0 },
      ],
    });
  });

  it('are nothing where nobody voted', () => {
    expect(resultsOf(7, [])).toEqual({
      questionId: 7,
      yea: 0,
      nay: 0,
      notVoting: 0,
      participation: 0,
      parties: [],
    });
  });
});

describe('The analytics of a question', () => {
  it('tell the margin, the states, and how each party split', () => {
    const { margin, participation, parties, states } = analyticsOf(7, TALLIES);
    expect(margin).toBe(6);
    expect(participation).toEqual({ entitled: 13, voted: 12, participation: 12 / 13 });
    expect(parties.map(({ party, majority, unity }) => [party, majority, unity])).toEqual([
      ['D', 'yea', 1],
      ['I', null, 0.5],
      ['R', 'yea', 5 / 7],
    ]);
    expect(states).toEqual([
      { state: 'AL', yea: 5, nay: 1, notVoting: 0 },
      { state: 'VT', yea: 4, nay: 2, notVoting: 1 },
    ]);
  });

  it('find the majority on the other side, and none in a party of absentees', () => {
    const { margin, parties } = analyticsOf(7, [tally('A', 'x', [1, 3, 0]), tally('B', 'x', [0, 0, 5])]);
    expect(margin).toBe(-2);
    expect(parties).toMatchObject([
      { majority: 'nay', unity: 0.75 },
      { majority: null, unity: 0 },
    ]);
  });
});

describe('Participation', () => {
  it('is the share of the recorded votes that are yea or nay', () => {
    expect(participationOf({ yea: 2, nay: 1, notVoting: 1 })).toEqual({
      entitled: 4,
      voted: 3,
      participation: 0.75,
    });
    expect(participationOf({ yea: 0, nay: 0, notVoting: 0 })).toEqual({
      entitled: 0,
      voted: 0,
      participation: 0,
    });
  });
});
