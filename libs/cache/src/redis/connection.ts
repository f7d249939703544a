import type { ChainableCommander, RedisOptions } from 'ioredis';
import { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { backoffMs } from '../resilience/backoff.js';
import { withDeadline } from '../resilience/deadline.js';
import { asReply } from './pipelined.js';
import { isNoMaster } from './refusals.js';
import type { ScriptName } from './scripts/index.js';
import { SCRIPTS } from './scripts/index.js';
import type { RedisTls } from './tls.js';
import { tlsOf } from './tls.js';

/** Where Redis is: one server by URL or host, or a Sentinel set by name. */
export interface RedisTarget {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  /** `true`, or what there is to say about certificates. A URL that begins with `rediss://` says `true` by itself. */
  readonly tls?: boolean | RedisTls;
  readonly sentinels?: readonly { host: string; port: number }[];
  readonly sentinelName?: string;
  /** Some servers of a Redis Cluster; the others are found through them. */
  readonly cluster?: readonly { host: string; port: number }[];
}

const RETRIES = { firstMs: 50, lastMs: 2_000 };
/** How long a close waits for the answers that are still to come. */
const GOODBYE_MS = 500;
/**
 * How long a server may owe an answer and send nothing. A master that hangs keeps its connections; only a new one asks the
 * sentinels who is the master now.
 */
const SILENCE_MS = 5_000;

/** Milliseconds before the n-th attempt to reconnect. */
export function retryDelay(attempt: number, random?: () => number): number {
  return Math.round(backoffMs(attempt, RETRIES, random));
}

/**
 * The ioredis options every connection shares. Nothing queues while the server is away and nothing is sent twice:
 * a command that waits, or that runs a second time after a reconnect, could undo an evict that was acknowledged meanwhile.
 */
function baseOptions(target: RedisTarget): RedisOptions {
  const options: RedisOptions = {
    lazyConnect: true,
    // it asks with INFO, and prints a warning for users who may not: a greeting tells as well whether a server is ready
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // the channel subscribes by itself; what the client would send on its own fails where nobody catches it
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 3_000,
    keepAlive: 10_000,
    disableClientInfo: true,
    disconnectTimeout: GOODBYE_MS,
    retryStrategy: (attempt) => retryDelay(attempt),
    socketTimeout: SILENCE_MS,
    sentinelCommandTimeout: SILENCE_MS,
    // `true`: the command that met a replica is rejected, not sent again
    reconnectOnError: isNoMaster,
  };
  if (target.url === undefined) {
    options.host = target.host ?? '127.0.0.1';
    options.port = target.port ?? 6379;
  }
  if (target.username !== undefined) options.username = target.username;
  if (target.password !== undefined) options.password = target.password;
  if (target.db !== undefined) options.db = target.db;
  const tls = tlsOf(target);
  if (tls !== undefined) options.tls = tls;
  return { ...options, ...sentinelOptions(target) };
}

/** Where the sentinels are; with TLS they are spoken to as safely as the server they lead to. */
function sentinelOptions(target: RedisTarget): RedisOptions {
  const { sentinels, sentinelName = '' } = target;
  if (sentinels === undefined) return {};
  const options: RedisOptions = { sentinels: [...sentinels], name: sentinelName };
  const tls = tlsOf(target);
  return tls === undefined ? options : { ...options, enableTLSForSentinelMode: true, sentinelTLS: tls };
}

/** Makes a connection that is not yet opened; `extra` sets what one of its uses needs. */
export function createConnection(target: RedisTarget, extra: RedisOptions = {}): Redis {
  const options = { ...baseOptions(target), ...extra };
  return withScripts(target.url === undefined ? new Redis(options) : new Redis(target.url, options));
}

/** Makes another connection to where a connection leads, not yet opened. */
export function duplicateConnection(redis: Redis): Redis {
  return withScripts(redis.duplicate());
}

function withScripts(redis: Redis): Redis {
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(`nuthatch_${name}`, { lua });
  return redis;
}

/** The address of the server that the sentinels led to; `''` for a server that was named by its own address. */
export function placeOf(redis: Redis): string {
  if (!redis.options.sentinels) return '';
  const { remoteAddress, remotePort } = redis.stream;
  return remoteAddress === undefined ? '' : `${remoteAddress}:${remotePort}`;
}

/**
 * Rejects where the sentinels led a connection to a replica: it was the master until a moment ago, and soon nobody will tell
 * it anything. The reply to HELLO says so to every user; a server that does not know it is taken for what it was called.
 */
export async function assertMaster(redis: Redis): Promise<void> {
  if (!redis.options.sentinels) return;
  const about: unknown = await redis.call('HELLO', '2').catch(asReply);
  if (!Array.isArray(about)) return;
  if (about[about.indexOf('role') + 1] === 'replica') throw new CacheError('REDIS_UNAVAILABLE', 'a replica');
}

/** Closes a connection: what was sent may still be answered, but a server that is silent is not waited for. */
export async function closeConnection(redis: Redis, clock: Clock): Promise<void> {
  if (redis.status === 'ready') await withDeadline(clock, GOODBYE_MS, redis.quit()).catch(() => undefined);
  redis.disconnect();
}

type ScriptCall = (...args: (string | number | Buffer)[]) => Promise<unknown>;

/** One of our scripts, its keys and its arguments. */
export interface ScriptRun {
  readonly script: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

/**
 * Runs a script by its digest; ioredis sends the source when the server does not know it.
 * `bytes` gives bulk replies as buffers instead of text.
 */
export function runScript(
  redis: Redis | ChainableCommander,
  run: ScriptRun,
  reply: 'text' | 'bytes',
): Promise<unknown> {
  const name = `nuthatch_${run.script}${reply === 'bytes' ? 'Buffer' : ''}`;
  const call = (redis as unknown as Record<string, ScriptCall>)[name];
  if (call === undefined) throw new CacheError('REDIS_REFUSED', `the script ${run.script} is not defined`);
  return call.call(redis, run.keys.length, ...run.keys, ...run.args);
}
