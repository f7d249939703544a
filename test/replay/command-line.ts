import { parseArgs } from 'node:util';
import type { Course, Extent } from './replay.js';

/** What a run is asked to do. */
export interface Wishes extends Extent {
  readonly courses: readonly Course[];
  readonly json: boolean;
  /** Only say what there is. */
  readonly list: boolean;
}

const ALL_QUESTIONS = 645;
const CHECKPOINT = 2_500;

/** @throws Error for an argument that is none, or a scenario that there is not. */
export function wishesFrom(args: readonly string[], all: readonly Course[]): Wishes {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean' },
      list: { type: 'boolean' },
      only: text,
      questions: text,
      checkpoint: text,
      seed: text,
    },
  });
  const { json = false, list = false, only, questions, checkpoint, seed } = values;
  return {
    courses: only === undefined ? all : chosen(only.split(','), all),
    questions: whole('questions', questions, ALL_QUESTIONS),
    checkpoint: whole('checkpoint', checkpoint, CHECKPOINT),
    seed: whole('seed', seed, 1 + Math.floor(Math.random() * 999_999)),
    json,
    list,
  };
}

function chosen(names: readonly string[], all: readonly Course[]): Course[] {
  return names.map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new Error(`no scenario '${wanted}'; there are ${all.map(({ name }) => name).join(', ')}`);
  });
}

function whole(name: string, given: string | undefined, otherwise: number): number {
  const number = given === undefined ? otherwise : Number(given);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number above 0`);
  return number;
}
