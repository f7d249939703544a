import type { RedisOptions } from 'ioredis';
import { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { withDeadline } from '../resilience/deadline.js';
import type { ScriptName } from './scripts/index.js';
import { SCRIPTS } from './scripts/index.js';

/** Where Redis is: one server by URL or host, or a Sentinel set by name. */
export interface RedisTarget {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: boolean;
  readonly sentinels?: readonly { host: string; port: number }[];
  readonly sentinelName?: string;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
/** How long a close waits for the answers that are still to come. */
const GOODBYE_MS = 500;

/** Milliseconds before the n-th attempt to reconnect: doubling up to two seconds, less a random part so that a fleet does not return at once. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (0.5 + random() / 2));
}

/**
 * The ioredis options every connection shares. Nothing queues while the server is away and nothing is sent twice:
 * a command that waits, or that runs a second time after a reconnect, could undo an evict that was acknowledged meanwhile.
 */
function baseOptions(target: RedisTarget): RedisOptions {
  const options: RedisOptions = {
    lazyConnect: true,
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
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
  if (target.url === undefined) {
    options.host = target.host ?? '127.0.0.1';
    options.port = target.port ?? 6379;
  }
  if (target.username !== undefined) options.username = target.username;
  if (target.password !== undefined) options.password = target.password;
  if (target.db !== undefined) options.db = target.db;
  if (target.tls === true) options.tls = {};
  if (target.sentinels !== undefined) {
    options.sentinels = [...target.sentinels];
    options.name = target.sentinelName ?? '';
  }
  return options;
}

/** Makes a connection that is not yet opened; `extra` sets what one of its uses needs. */
export function createConnection(target: RedisTarget, extra: RedisOptions = {}): Redis {
  const options = { ...baseOptions(target), ...extra };
  const redis = target.url === undefined ? new Redis(options) : new Redis(target.url, options);
  for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(`nuthatch_${name}`, { lua });
  return redis;
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
export function runScript(redis: Redis, run: ScriptRun, reply: 'text' | 'bytes'): Promise<unknown> {
  const name = `nuthatch_${run.script}${reply === 'bytes' ? 'Buffer' : ''}`;
  const call = (redis as unknown as Record<string, ScriptCall>)[name];
  if (call === undefined) throw new CacheError('REDIS_REFUSED', `the script ${run.script} is not defined`);
  return call.call(redis, run.keys.length, ...run.keys, ...run.args);
}

/** What went wrong, in words that hold no command, key, value or password. Errors of sockets need not be instances of our `Error`. */
export function describeFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown failure';
  const { code, message, name } = error as Record<string, unknown>;
  if (typeof code === 'string') return code;
  const word = typeof message === 'string' ? /^[A-Z][A-Z]+\b/.exec(message)?.[0] : undefined;
  return word ?? (typeof name === 'string' ? name : 'unknown failure');
}
