import type { CacheModuleOptions } from './cache.options.js';
import { defined } from './cache.options.js';
import { CacheError } from './contracts/errors.js';
import { REDIS_URL_RULE, isRedisUrl } from './options.rules.js';
import type { RedisTarget } from './redis/connection.js';

/** The environment variables that are read, where the options say nothing. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The options with what the environment says where they say nothing.
 * @throws CacheError `INVALID_OPTION` that names the variable, what it got and what is allowed.
 */
export function withEnvironment(options: CacheModuleOptions, env: Environment): CacheModuleOptions {
  const { redis, ...explicit } = options;
  const target = saysNothing(redis) ? redisFrom(env) : redis;
  const fromEnv: Mutable<CacheModuleOptions> = {};
  if (target !== undefined) fromEnv.redis = target;
  const prefix = text(env, 'CACHE_KEY_PREFIX');
  if (prefix !== undefined) fromEnv.prefix = prefixFrom(prefix);
  const seconds = number(env, 'CACHE_DEFAULT_TTL', { min: 0.001, of: 'seconds' });
  if (seconds !== undefined) fromEnv.defaultTtl = seconds * 1_000;
  const threshold = number(env, 'CACHE_COMPRESSION_THRESHOLD', { min: 0, of: 'bytes', whole: true });
  if (threshold !== undefined) fromEnv.compressionThreshold = threshold;
  const compression = flag(env, 'CACHE_ENABLE_COMPRESSION');
  if (compression !== undefined) fromEnv.compression = compression;
  if (flag(env, 'CACHE_ENABLE_VERSIONING') === false) fromEnv.version = false;
  const http = flag(env, 'ENABLE_API_CACHE');
  if (http !== undefined) fromEnv.http = http;
  const monitoring = flag(env, 'CACHE_MONITORING_ENABLED');
  if (monitoring !== undefined) fromEnv.monitoring = monitoring;
  return { ...fromEnv, ...defined(explicit) };
}

/** `redis: { url: process.env.REDIS_URL }` where the variable is not set says no more than no `redis` at all. */
function saysNothing(redis: unknown): boolean {
  if (redis === undefined) return true;
  const isObject = typeof redis === 'object' && redis !== null && !Array.isArray(redis);
  return isObject && Object.values(redis).every((value) => value === undefined);
}

function redisFrom(env: Environment): RedisTarget | undefined {
  const nodes = text(env, 'REDIS_CLUSTER_NODES');
  if (nodes !== undefined) return clusterFrom(env, nodes);
  const target: Mutable<RedisTarget> = {};
  const url = text(env, 'REDIS_URL');
  if (url !== undefined) target.url = urlFrom(url);
  const host = text(env, 'REDIS_HOST');
  if (host !== undefined) target.host = host;
  const port = number(env, 'REDIS_PORT', { min: 1, max: 65_535, whole: true });
  if (port !== undefined) target.port = port;
  const password = text(env, 'REDIS_PASSWORD');
  if (password !== undefined) target.password = password;
  const db = number(env, 'REDIS_CACHE_DB', { min: 0, whole: true });
  if (db !== undefined) target.db = db;
  addSentinels(target, env);
  return Object.keys(target).length === 0 ? undefined : target;
}

/** A Cluster has one database, and its nodes tell each other's addresses: nothing but a password belongs to it. */
function clusterFrom(env: Environment, nodes: string): RedisTarget {
  for (const other of ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'])
    if (text(env, other) !== undefined) fail(other, 'cannot be combined with REDIS_CLUSTER_NODES');
  if ((number(env, 'REDIS_CACHE_DB', { min: 0, whole: true }) ?? 0) !== 0)
    fail('REDIS_CACHE_DB', 'must be 0 with REDIS_CLUSTER_NODES: a Cluster has one database');
  const cluster = hostsAndPorts('REDIS_CLUSTER_NODES', nodes);
  const password = text(env, 'REDIS_PASSWORD');
  return password === undefined ? { cluster } : { cluster, password };
}

function hostsAndPorts(name: string, list: string): { host: string; port: number }[] {
  return list.split(',').map((one) => hostAndPort(name, one.trim()));
}

function addSentinels(target: Mutable<RedisTarget>, env: Environment): void {
  const sentinels = text(env, 'REDIS_SENTINELS');
  const name = text(env, 'REDIS_SENTINEL_NAME');
  if (sentinels === undefined) {
    if (name === undefined) return;
    fail('REDIS_SENTINEL_NAME', 'is set, but REDIS_SENTINELS, which says where the Sentinels are, is not');
  }
  target.sentinels = hostsAndPorts('REDIS_SENTINELS', sentinels);
  target.sentinelName = name ?? fail('REDIS_SENTINEL_NAME', 'must name the master of REDIS_SENTINELS');
}

function urlFrom(url: string): string {
  if (isRedisUrl(url)) return url;
  return fail('REDIS_URL', `got a value that is not shown: ${REDIS_URL_RULE}`);
}

/** Deployments often end a prefix with the separator we put there ourselves. */
function prefixFrom(prefix: string): string {
  const bare = prefix.replace(/:+$/, '');
  if (/^[\w.-]{1,50}$/.test(bare)) return bare;
  return fail(
    'CACHE_KEY_PREFIX',
    `got ${JSON.stringify(prefix)}: must be 1 to 50 letters, digits, '.', '-' or '_'`,
  );
}

function hostAndPort(name: string, text: string): { host: string; port: number } {
  // a whole URL may hold a password
  if (/[/@]/.test(text))
    return fail(name, 'got a value that is not shown: must be host:port, separated by commas');
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] !== undefined && port >= 1 && port <= 65_535) return { host: match[1], port };
  return fail(name, `got ${JSON.stringify(text)}: must be host:port, separated by commas`);
}

function text(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function flag(env: Environment, name: string): boolean | undefined {
  const value = text(env, name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (['true', '1', 'yes', 'on'].includes(value)) return true;
  if (['false', '0', 'no', 'off'].includes(value)) return false;
  return fail(name, `got ${JSON.stringify(value)}: must be true or false`);
}

interface Bounds {
  readonly min: number;
  readonly max?: number;
  /** What the number counts, for the message. */
  readonly of?: string;
  readonly whole?: boolean;
}

function number(env: Environment, name: string, bounds: Bounds): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const parsed = Number(value);
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  const whole = bounds.whole === true;
  if (parsed >= min && parsed <= max && (!whole || Number.isInteger(parsed))) return parsed;
  const kind = `${whole ? 'a whole number' : 'a number'}${bounds.of === undefined ? '' : ` of ${bounds.of}`}`;
  const range = bounds.max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
  return fail(name, `got ${JSON.stringify(value)}: must be ${kind}, ${range}`);
}

function fail(name: string, what: string): never {
  throw new CacheError('INVALID_OPTION', `environment variable ${name} ${what}`);
}
