import 'reflect-metadata';
import { hotQuestionFigures } from './hot-question.bench.js';
import type { Contest } from './measure.js';
import { measure } from './measure.js';
import { memoryHit } from './memory-hit.bench.js';
import { redisHit } from './redis-hit.bench.js';
import { tagFigures } from './tags.bench.js';

const CONTESTS: Readonly<Record<string, () => Promise<Contest>>> = {
  'memory-hit': memoryHit,
  'redis-hit': () => redisHit('redis-hit', 256),
  'redis-hit-alone': () => redisHit('redis-hit-alone', 1),
};

const args = process.argv.slice(2).filter((arg) => arg !== '--json');
const at = args.indexOf('--seconds');
const seconds = at < 0 ? 6 : Number(args.splice(at, 2)[1]);
const names = args.length > 0 ? args : Object.keys(CONTESTS);
if (!(seconds > 0)) throw new Error('--seconds takes a number above 0');

/** No contests: too long to be among all, or without a baseline of others. */
const FIGURES: Readonly<Record<string, () => Promise<unknown>>> = {
  tags: tagFigures,
  'hot-question': () => hotQuestionFigures(seconds),
};

for (const name of names) {
  const figures = FIGURES[name];
  if (figures !== undefined) {
    console.log(JSON.stringify(await figures()));
    continue;
  }
  const make = CONTESTS[name];
  if (make === undefined)
    throw new Error(
      `no benchmark is named ${name}; there are: ${[...Object.keys(CONTESTS), ...Object.keys(FIGURES)].join(', ')}`,
    );
  const contest = await make();
  try {
    console.log(JSON.stringify(await measure(contest, seconds)));
  } finally {
    await contest.close();
  }
}
