import type { Position } from '@nuthatch/governance';
import { positionOf } from 'governance-api';
import type { RollCalls } from 'governance-api';
import type { Random } from '../consistency/random.js';
import { PRESIDENT_ROW } from './people.js';

/** A member's vote on a question. */
export interface Vote {
  readonly questionId: number;
  readonly memberId: number;
  readonly position: Position;
}

/** A vote as it is sent: once, or twice at once through two instances. */
export interface Sending extends Vote {
  readonly copies: 1 | 2;
}

/** Votes are taken on so many questions at a time. */
const HOT_QUESTIONS = 6;
/** How many voters of each kind there are, and how long one who sends again waits at most, in sendings. */
const TWICE_AT_ONCE = 0.02;
const TWICE = 0.08;
const CHANGED = 0.06;
const LATER = 400;

const POSITIONS: readonly Position[] = ['yea', 'nay', 'notVoting'];

/** The ids of as many questions, all of them or some that chance chooses. */
export function chooseQuestions(rollCalls: RollCalls, count: number, random: Random): number[] {
  const ids = rollCalls.questions.map(({ id }) => id);
  if (count >= ids.length) return ids;
  return shuffled(ids, random).slice(0, count);
}

/**
 * The order in which a legislature's votes are sent: on a few questions at a time, some of them twice, at once or later, and
 * some after a vote for another position. Whoever is entered as not voting has said so, and that is sent as well.
 */
export function schedule(rollCalls: RollCalls, questions: readonly number[], random: Random): Sending[] {
  const waiting = [...questions];
  const hot = waiting.splice(0, HOT_QUESTIONS).map((id) => shuffled(votesOn(rollCalls, id), random));
  const sendings: Sending[] = [];
  const later: { readonly at: number; readonly sending: Sending }[] = [];
  while (hot.length > 0) {
    // the first of them is the hottest
    const place = Math.floor(random.next() ** 2 * hot.length);
    const vote = hot[place]?.pop();
    if (vote !== undefined) sendVote(vote, { sendings, later }, random);
    else hot.splice(place, 1, ...waiting.splice(0, 1).map((id) => shuffled(votesOn(rollCalls, id), random)));
    sendings.push(...due(later, sendings.length));
  }
  return [...sendings, ...due(later, Infinity)];
}

interface Outbox {
  readonly sendings: Sending[];
  readonly later: { readonly at: number; readonly sending: Sending }[];
}

function sendVote(vote: Vote, { sendings, later }: Outbox, random: Random): void {
  const kind = random.next();
  const at = sendings.length + 1 + random.below(LATER);
  if (kind < TWICE_AT_ONCE) sendings.push({ ...vote, copies: 2 });
  else if (kind < TWICE_AT_ONCE + TWICE) {
    sendings.push({ ...vote, copies: 1 });
    later.push({ at, sending: { ...vote, copies: 1 } });
  } else if (kind < TWICE_AT_ONCE + TWICE + CHANGED) {
    sendings.push({ ...vote, position: another(vote.position, random), copies: 1 });
    later.push({ at, sending: { ...vote, copies: random.chance(0.8) ? 1 : 2 } });
  } else sendings.push({ ...vote, copies: 1 });
}

function due(later: Outbox['later'], now: number): Sending[] {
  const ready = later.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
  for (const one of ready) later.splice(later.indexOf(one), 1);
  return ready.map(({ sending }) => sending);
}

function another(position: Position, random: Random): Position {
  const others = POSITIONS.filter((other) => other !== position);
  return others[random.below(others.length)] ?? position;
}

/** The votes of a question as recorded, without the President's announcements. */
export function votesOn({ votes }: RollCalls, questionId: number): Vote[] {
  return [...(votes[questionId - 1] ?? '')].flatMap((digit, index) => {
    const [memberId, position] = [index + 1, positionOf(Number(digit))];
    return position === undefined || memberId === PRESIDENT_ROW ? [] : [{ questionId, memberId, position }];
  });
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const drawn = items.map((item) => ({ item, place: random.next() }));
  return drawn.sort((one, other) => one.place - other.place).map(({ item }) => item);
}
