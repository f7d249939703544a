import 'reflect-metadata';
import { bench } from './bench.js';
import { check } from './check.js';
import { wishesFrom } from './command-line.js';

const wishes = wishesFrom(process.argv.slice(2));
const print = (found: object) => console.log(wishes.json ? JSON.stringify(found) : found);
if (wishes.bench) print(await bench(wishes));
else {
  const outcome = await check(wishes);
  print(outcome);
  if (outcome.faults.length > 0) process.exitCode = 1;
}
