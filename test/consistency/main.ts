import 'reflect-metadata';
import { wishesFrom } from './command-line.js';
import { check, isClean } from './check.js';
import { tableOf } from './table.js';

const wishes = wishesFrom(process.argv.slice(2));
const report = await check(wishes);
if (!wishes.json) console.log(`${tableOf(report)}\n`);
console.log(JSON.stringify(report));
process.exitCode = isClean(report) ? 0 : 1;
