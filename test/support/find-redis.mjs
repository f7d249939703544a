import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The oldest server the library is tested with. */
export const MINIMUM_REDIS = '6.2';

/**
 * Looks for a usable `redis-server`: `REDIS_SERVER_BIN` when it is set, else the PATH. Installs nothing.
 * A path that was given but does not work is an answer too: falling back silently would test another server
 * than the one that was asked for.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ found: true, path: string, version: string } | { found: false, reason: string }}
 */
export function findRedisServer(env = process.env) {
  const given = env.REDIS_SERVER_BIN;
  const path = given || findOnPath('redis-server', env);
  if (!path) return { found: false, reason: 'There is no redis-server on the PATH.' };
  const name = given ? `REDIS_SERVER_BIN=${path}` : path;
  if (!isExecutable(path)) return { found: false, reason: `${name} is not an executable file.` };
  const version = versionOf(path);
  if (!version) return { found: false, reason: `${name} does not answer --version as redis-server does.` };
  if (!isAtLeast(version, MINIMUM_REDIS)) {
    return { found: false, reason: `${name} is version ${version}; at least ${MINIMUM_REDIS} is needed.` };
  }
  return { found: true, path, version };
}

/** What to do when no server was found, for people. */
export function redisInstallHint() {
  return [
    `A redis-server ${MINIMUM_REDIS} or newer is needed. It is only started as a child process, on a free port.`,
    '  Debian, Ubuntu:  sudo apt-get install redis-server',
    '  Fedora:          sudo dnf install redis',
    '  macOS:           brew install redis',
    'A server that stands elsewhere is named by its path:  REDIS_SERVER_BIN=/path/to/redis-server',
  ].join('\n');
}

/** The full path of a program on the PATH, or undefined. */
export function findOnPath(program, env = process.env) {
  const places = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return places.map((place) => join(place, program)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function versionOf(path) {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return /\bv=(\d+\.\d+(?:\.\d+)?)/.exec(stdout ?? '')?.[1];
}

function isAtLeast(version, minimum) {
  const [major, minor] = version.split('.').map(Number);
  const [needMajor, needMinor] = minimum.split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}
