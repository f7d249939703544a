import { readFileSync } from 'node:fs';
import type { Position, Totals } from '@nuthatch/governance';
import { parseCsv, type CsvRecord } from './csv.js';

/** A member of the legislature, or its President, as the roll calls name them; `row` is the place in a line of votes. */
export interface RollCallMember {
  readonly row: number;
  readonly icpsr: number;
  readonly name: string;
  readonly party: string;
  readonly state: string;
}

/** A question that was put to the vote, with the totals the legislature itself announced. */
export interface RollCallQuestion {
  /** Its place among all questions, from 1: the line in `votes.txt`. */
  readonly id: number;
  readonly date: string;
  readonly session: number;
  readonly number: number;
  readonly bill: string;
  readonly question: string;
  readonly result: string;
  readonly description: string;
  readonly officialYea: number;
  readonly officialNay: number;
}

/** The roll calls as shipped: what seeds the database, and the oracle that its answers are compared with. */
export interface RollCalls {
  readonly members: readonly RollCallMember[];
  readonly questions: readonly RollCallQuestion[];
  /** One line per question, one digit per member. */
  readonly votes: readonly string[];
}

/** The row of the President, whose announced positions are no votes. */
export const PRESIDENT_ROW = 1;

const DATA = new URL('../../data/', import.meta.url);

/**
 * Reads the three files and checks that they belong together.
 * @throws Error naming file and line when a number is none, or when the votes do not fit members and questions.
 */
export function loadRollCalls(directory: URL = DATA): RollCalls {
  const read = (file: string): string => readFileSync(new URL(file, directory), 'utf8');
  const members = parseCsv(read('members.csv')).map(toMember);
  const questions = parseCsv(read('questions.csv')).map(toQuestion);
  const votes = read('votes.txt').trimEnd().split(/\r?\n/);
  if (votes.length !== questions.length) {
    throw new Error(`votes.txt has ${votes.length} lines for ${questions.length} questions.`);
  }
  const line = new RegExp(`^[0-9]{${members.length}}$`);
  votes.forEach((digits, index) => {
    if (!line.test(digits)) {
      throw new Error(`votes.txt, line ${index + 1}: ${members.length} digits are needed, one per member.`);
    }
  });
  return { members, questions, votes };
}

/** Counts a line of `votes.txt`, without the President. */
export function countVotes(line: string): Totals {
  const totals = { yea: 0, nay: 0, notVoting: 0 };
  for (const digit of line.slice(PRESIDENT_ROW)) {
    const position = positionOf(Number(digit));
    if (position) totals[position] += 1;
  }
  return totals;
}

/** The position a vote's code stands for; undefined for 0, which says that the person was no member then. */
export function positionOf(code: number): Position | undefined {
  if (code >= 1 && code <= 3) return 'yea';
  if (code >= 4 && code <= 6) return 'nay';
  return code >= 7 && code <= 9 ? 'notVoting' : undefined;
}

/** The code under which a position that is cast through the API is kept. */
export const POSITION_CODES: Readonly<Record<Position, number>> = { yea: 1, nay: 6, notVoting: 9 };

/** The announced totals by question id. */
export function officialTotals(
  rollCalls: RollCalls = loadRollCalls(),
): Map<number, Pick<Totals, 'yea' | 'nay'>> {
  return new Map(rollCalls.questions.map((q) => [q.id, { yea: q.officialYea, nay: q.officialNay }]));
}

function toMember(record: CsvRecord, index: number): RollCallMember {
  const at = `members.csv, record ${index + 1}`;
  const row = integer(record, 'row', at);
  if (row !== index + 1) throw new Error(`${at}: row is ${row}, but the rows must count up from 1.`);
  return {
    row,
    icpsr: integer(record, 'icpsr', at),
    name: field(record, 'name', at),
    party: field(record, 'party', at),
    state: field(record, 'state', at),
  };
}

function toQuestion(record: CsvRecord, index: number): RollCallQuestion {
  const at = `questions.csv, record ${index + 1}`;
  return {
    id: index + 1,
    date: field(record, 'date', at),
    session: integer(record, 'session', at),
    number: integer(record, 'number', at),
    bill: field(record, 'bill', at),
    question: field(record, 'question', at),
    result: field(record, 'result', at),
    description: field(record, 'description', at),
    officialYea: integer(record, 'yeatotal', at),
    officialNay: integer(record, 'naytotal', at),
  };
}

function field(record: CsvRecord, name: string, at: string): string {
  const value = record[name];
  if (value === undefined) throw new Error(`${at}: the column "${name}" is missing.`);
  return value;
}

function integer(record: CsvRecord, name: string, at: string): number {
  const text = field(record, name, at);
  if (!/^[0-9]{1,9}$/.test(text))
    throw new Error(`${at}: "${name}" is "${text}", but must be a whole number.`);
  return Number(text);
}
