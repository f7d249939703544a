import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { countVotes, loadRollCalls, officialTotals, POSITION_CODES, positionOf } from './rollcalls.js';

describe('the shipped roll calls', () => {
  const rollCalls = loadRollCalls();

  it('hold 102 members and 645 questions with a vote line each', () => {
    expect(rollCalls.members).toHaveLength(102);
    expect(rollCalls.questions).toHaveLength(645);
    expect(rollCalls.votes).toHaveLength(645);
  });

  it('begin with the President', () => {
    expect(rollCalls.members[0]).toEqual({ row: 1, icpsr: 99910, name: 'BUSH', party: 'R', state: 'USA' });
  });

  it('keep quotes and commas of a description', () => {
    expect(rollCalls.questions[88]?.description).toContain(
      '(108th) "Emergency designation" Re: Murray Amdt. No. 344,',
    );
  });

  it('count to the announced totals, for every question', () => {
    const counted = rollCalls.votes.map((line) => countVotes(line));
    const official = officialTotals(rollCalls);
    expect(official.size).toBe(645);
    expect(counted.map(({ yea, nay }) => ({ yea, nay }))).toEqual([...official.values()]);
  });

  it('would not count to them with the President', () => {
    const withPresident = rollCalls.votes.map((line) => countVotes(`0${line}`));
    const official = [...officialTotals(rollCalls).values()];
    expect(withPresident.map(({ yea, nay }) => ({ yea, nay }))).not.toEqual(official);
  });
});

describe('positionOf', () => {
  it.each([
    [0, undefined],
    [1, 'yea'],
    [3, 'yea'],
    [4, 'nay'],
    [6, 'nay'],
    [7, 'notVoting'],
    [9, 'notVoting'],
    [10, undefined],
  ])('reads the code %i as %s', (code, position) => {
    expect(positionOf(code)).toBe(position);
  });

  it('reads back the codes that cast votes are kept under', () => {
    for (const [position, code] of Object.entries(POSITION_CODES)) expect(positionOf(code)).toBe(position);
  });
});

describe('loadRollCalls', () => {
  let directory: string;
  const members = 'row,icpsr,name,party,state\n1,10,A,R,USA\n2,20,B,D,AL\n';
  const questions =
    'date,session,number,bill,question,result,description,yeatotal,naytotal\n2005-01-06,1,1,n/a,On,Passed,D,1,0\n';

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rollcalls-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function load(files: { members?: string; questions?: string; votes?: string }): unknown {
    writeFileSync(join(directory, 'members.csv'), files.members ?? members);
    writeFileSync(join(directory, 'questions.csv'), files.questions ?? questions);
    writeFileSync(join(directory, 'votes.txt'), files.votes ?? '11\n');
    return loadRollCalls(pathToFileURL(`${directory}/`));
  }

  it('accepts files that belong together', () => {
    expect(load({})).toMatchObject({ votes: ['11'] });
  });

  it.each([
    ['more lines of votes than questions', { votes: '11\n11\n' }, 'votes.txt has 2 lines for 1 questions'],
    ['a line of votes that is too short', { votes: '1\n' }, 'votes.txt, line 1: 2 digits are needed'],
    ['a vote that is no digit', { votes: '1x\n' }, 'votes.txt, line 1'],
    ['a number that is none', { members: members.replace('20', 'x') }, 'record 2: "icpsr" is "x"'],
    ['a missing column', { questions: questions.replace('bill', 'law') }, 'the column "bill" is missing'],
    ['rows out of order', { members: members.replace('\n2,', '\n3,') }, 'the rows must count up from 1'],
  ])('refuses %s', (_what, files, message) => {
    expect(() => load(files)).toThrow(message);
  });
});
