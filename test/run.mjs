/*
 * `npm test`: everything that decides whether the tree is good, from a fresh clone on.
 *
 *   npm test                                  install if needed, check types, style and rooms, run every test
 *   npm test -- test/support                  what follows `--` goes to jest
 *   npm test -- --only-jest -t 'some test'    without lint, format and rooms
 *
 * The last line is `N passed, N failed`: the tests and the checks together. Only Node's own modules may be
 * imported here, because this file runs before anything is installed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath, findRedisServer, redisInstallHint } from './support/find-redis.mjs';
import { installRedisOnDebian } from './support/install-redis.mjs';
import { isInstalled } from './support/installed.mjs';

// Not import.meta.dirname: a Node that is too old to know it must get as far as the message about it.
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MINIMUM_NODE = [20, 19];

const tool = (path) => [process.execPath, join(ROOT, 'node_modules', path)];
const CHECKS = {
  // Emits too: the tests start child processes from test/.out, so this one is never skipped.
  types: [...tool('typescript/bin/tsc'), '-b'],
  lint: [...tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  format: [...tool('prettier/bin/prettier.cjs'), '--check', '.'],
  rooms: [
    ...tool('dependency-cruiser/bin/dependency-cruise.mjs'),
    ...['--config', '.dependency-cruiser.cjs', 'libs', 'apps', 'test'],
  ],
};
const JEST_NODE_FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/** A reason to stop before the tests, in words for the person who started the run. */
class CannotRun extends Error {}

async function main() {
  const args = process.argv.slice(2);
  const onlyJest = args.includes('--only-jest');
  const tally = { passed: 0, failed: 0 };
  try {
    requireNode();
    await step('install', install);
    await step('redis', provideRedis);
    for (const [name, command] of Object.entries(CHECKS)) {
      if (onlyJest && name !== 'types') continue;
      const passed = await step(name, async () => (await run(command)) === 0);
      tally[passed ? 'passed' : 'failed'] += 1;
    }
    const jestArgs = args.filter((arg) => arg !== '--only-jest');
    const tests = await step('tests', () => runJest(jestArgs));
    tally.passed += tests.passed;
    tally.failed += tests.failed;
  } catch (error) {
    // Whatever stopped the run, the closing line says that it failed.
    console.error('\n%s\n', error instanceof CannotRun ? error.message : error);
    tally.failed += 1;
  }
  process.exitCode = tally.failed > 0 ? 1 : 0;
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
}

/** Runs one step below a headline; a step that answers `false` or counted failures has failed. */
async function step(name, work) {
  const started = performance.now();
  console.log(`\n== ${name}`);
  const result = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const failed = result === false || result?.failed > 0;
  console.log(`== ${name}: ${failed ? 'FAILED' : 'done'} in ${seconds} s`);
  return result;
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = MINIMUM_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new CannotRun(`Node ${MINIMUM_NODE.join('.')} or newer is needed; this is ${process.version}.`);
}

async function install() {
  if (isInstalled(ROOT)) return console.log('node_modules is what package-lock.json asks for');
  if (!findOnPath('npm')) throw new CannotRun('npm is needed to install the dependencies.');
  // NODE_ENV=production would leave out the development dependencies, which are the tools below.
  const code = await run(['npm', 'ci', '--no-audit', '--no-fund', '--include=dev']);
  if (code !== 0)
    throw new CannotRun('The dependencies could not be installed: see the output of npm above.');
}

async function provideRedis() {
  let redis = findRedisServer();
  if (!redis.found && !process.env.REDIS_SERVER_BIN) {
    await installRedisOnDebian(run);
    redis = findRedisServer();
  }
  if (!redis.found) throw new CannotRun(`${redis.reason}\n${redisInstallHint()}`);
  process.env.REDIS_SERVER_BIN = redis.path;
  console.log(`redis-server ${redis.version} at ${redis.path}`);
}

async function runJest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-tally-'));
  const file = join(folder, 'tally.json');
  try {
    const [node, jest] = tool('jest/bin/jest.js');
    const code = await run([node, ...JEST_NODE_FLAGS, jest, ...args], { NUTHATCH_TALLY_FILE: file });
    const tally = readTally(file);
    // Jest also fails without a failed test: nothing matched, a coverage threshold, a crash.
    if (tally.failed === 0 && (code !== 0 || tally.passed === 0)) tally.failed = 1;
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/** Runs a program in the root of the repository with our own output; answers its exit code, 1 for a signal. */
function run([program, ...args], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    let stoppedBy;
    const forward = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    process.on('SIGTERM', forward).on('SIGINT', forward);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      if (stoppedBy) reject(new CannotRun(`Stopped by ${stoppedBy}.`));
      else resolve(code ?? 1);
    });
  });
}

await main();
