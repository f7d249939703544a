import { CLOSED_GATE } from '../../coherence/gate.js';
import { Generations } from '../../coherence/generations.js';
import { TagTable } from '../../coherence/tag-table.js';
import { timely } from '../../contracts/tag-clock.js';

/*
 * What the engine itself decides, asked in numbers. All that counts of a mark is whether anything was invalidated since it
 * was taken, so there are two: one of now, and one of the past, which an invalidation makes of those of now.
 */

/** What a mark may be worth. */
interface Marks {
  readonly past: number;
  readonly now: number;
}

const KEY = 'key';
const generations = new Generations();

/** Marks of the key. */
export const KEY_MARK = advancedKey();

function advancedKey(): Marks {
  const past = generations.mark(KEY);
  generations.advance(KEY);
  return { past, now: generations.mark(KEY) };
}

/** Whether the key was not invalidated in its process since the mark was taken. */
export function keyMarkHolds(mark: number): boolean {
  return generations.holds(KEY, mark);
}

const TAG = 'tag';
const UNTAKEN = 100;
const tags = new TagTable(1, () => CLOSED_GATE);
const state = tags.state(TAG);

const [tagMark, moment] = advancedTag();
/** Marks of the tag; `untaken`: its name is not known yet. */
export const TAG_MARK = { ...tagMark, untaken: UNTAKEN };
/** Moments of the table of tags. */
export const MOMENT = moment;

function advancedTag(): [Marks, Marks] {
  const before = { mark: state.generation, moment: tags.moment };
  tags.forget(TAG);
  return [
    { past: before.mark, now: state.generation },
    { past: before.moment, now: tags.moment },
  ];
}

/** Whether the tag was not invalidated in its process since the mark was taken, if it was. */
export function tagMarkHolds(mark: number): boolean {
  return mark === UNTAKEN || mark === state.generation;
}

/** Whether the tag was not invalidated in its process since a moment. */
export function quietSince(since: number): boolean {
  return tags.quietSince(since, state);
}

/** What a process remembers of the tag's nonce once it has read one; 0 is none. */
export function learned(known: number, mark: number, nonce: number): number {
  state.nonce = known === 0 ? undefined : textOf(known);
  tags.learn({ state, generation: mark }, nonce === 0 ? null : textOf(nonce));
  return state.nonce === undefined ? 0 : (numbers.get(state.nonce) ?? 0);
}

/** A tag that only a result told: the clock as noted before, the nonce as read after. */
export interface LateTag {
  readonly epoch: number;
  readonly ticks: number;
  readonly nonce: number;
}

/** Whether such a tag was surely not invalidated in between, by the clock as it stands now. */
export function isTimely(
  { epoch, ticks, nonce }: LateTag,
  now: { epoch: number; invalidatedAt: number },
): boolean {
  const clock = { epoch: String(now.epoch), invalidatedAt: now.invalidatedAt };
  return timely({ epoch: String(epoch), n: ticks }, textOf(nonce), clock);
}

/** The number of a nonce, in a byte: epoch and ticks of the clock, and how many were made, which is its random part. */
export function nonceOf(epoch: number, ticks: number, made: number): number {
  if (epoch > 3 || ticks > 7 || made > 7) throw new RangeError('a scenario makes too many nonces');
  return (epoch << 6) | (ticks << 3) | made;
}

const texts: string[] = [];
const numbers = new Map<string, number>();

/** The nonce as the engine knows it. */
function textOf(nonce: number): string {
  const known = texts[nonce];
  if (known !== undefined) return known;
  const text = `${nonce >> 6}.${(nonce >> 3) & 7}:${nonce & 7}`;
  texts[nonce] = text;
  numbers.set(text, nonce);
  return text;
}
