import 'reflect-metadata';
import { wishesFrom } from './command-line.js';
import { COURSES } from './courses.js';
import { headOfTable, isClean, lineOf } from './outcome.js';
import { replay } from './replay.js';

const { courses, json, list, ...extent } = wishesFrom(process.argv.slice(2), COURSES);
if (list) for (const { name, about } of courses) console.log(`${name}: ${about}`);
else {
  if (!json) console.log(`seed ${extent.seed}\n${headOfTable()}`);
  for (const course of courses) {
    const outcome = await replay(course, extent);
    console.log(json ? JSON.stringify(outcome) : lineOf(outcome));
    if (!isClean(outcome)) process.exitCode = 1;
  }
}
