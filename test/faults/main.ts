import 'reflect-metadata';
import { wishesFrom } from './command-line.js';
import { SCENARIOS } from './list.js';
import { playUndisturbed } from './outcome.js';
import { headOfTable, lineOf } from './report.js';

const { scenarios, json, list } = wishesFrom(process.argv.slice(2), SCENARIOS);
if (list) for (const { name, about } of scenarios) console.log(`${name}: ${about}`);
else {
  if (!json) console.log(headOfTable());
  for (const scenario of scenarios) {
    const outcome = await playUndisturbed(scenario);
    console.log(json ? JSON.stringify(outcome) : lineOf(outcome));
    if (!outcome.ok) process.exitCode = 1;
  }
}
