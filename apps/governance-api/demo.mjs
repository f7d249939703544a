/*
 * `npm run demo`: installs and builds what is missing, then runs the demo that src/demo holds.
 * Before that nothing may be imported but what Node brings along, and scripts that keep to it as well.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findRedisServer } from '../../test/support/find-redis.mjs';
import { isInstalled } from '../../test/support/installed.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

checkNode();
if (!isInstalled(root)) {
  console.error('Installing the packages (npm ci)');
  run(...npm(), 'ci', '--no-audit', '--no-fund');
}
run(process.execPath, 'node_modules/typescript/bin/tsc', '-b', 'apps/governance-api');

const { runDemo } = await import('./dist/demo/main.js');
process.exit(await runDemo(process.argv.slice(2), findRedisServer()));

/** Modules in ESM that CommonJS can require, which Nest 12 builds on, came with these versions. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 ? major !== 22 || minor >= 12 : major === 20 && minor >= 19) return;
  fail(`Node 20.19 or later is needed (22.12 or later of 22); this is ${process.versions.node}.`);
}

function npm() {
  const script = process.env.npm_execpath;
  return script ? [process.execPath, script] : ['npm'];
}

/** Runs a command whose output goes where errors go: standard output belongs to the demo. */
function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0)
    fail(`"${[command, ...args].join(' ')}" failed${error ? `: ${error.message}` : ` with code ${status}`}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
