import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import type { ScriptRun } from './connection.js';
import { isForbidden } from './refusals.js';

/** Who serves a server's data. */
export interface Identity {
  /** The random id of the process, `''` where this user has no right to ask. */
  readonly run: string;
  /** Seconds since it started. */
  readonly uptime: string;
  /** Where it was reached; `''` for a server that no other can take the place of. */
  readonly at: string;
}

/** A moment by this process's monotonic clock and by the server's. */
export interface Moment {
  readonly monotonic: number;
  readonly server: number;
}

/**
 * What this process knew when it last worked with the server behind an epoch's key. It outlives the connection, for the
 * server that is greeted next may be another one with the same data, or the same one with other data.
 */
export interface Acquaintance {
  readonly epoch: string;
  readonly run: string;
  readonly at: string;
  /** Nothing of what this process did there is later than this. */
  readonly left: Moment;
}

/** What a server answered to a beat or a greeting. */
export interface ServerReply {
  readonly epoch: string;
  /** Its time in milliseconds since 1970. */
  readonly time: number;
  /** Up to when, by the old master's time, its data surely holds what the old master acknowledged; `''` if it never took over. */
  readonly since: string;
  /** Another process served the data until this greeting, and the epoch was kept. */
  readonly promoted: boolean;
}

/** How a greeting treats a run id that the server's data does not know. */
export type GreetingMode = '' | 'renew' | 'restart' | 'trust';

/**
 * How much of the time before it was promoted a server may lack, in milliseconds: invalidations are replayed from the
 * last two minutes before now, counted from when they were asked for, and some took a while to be executed.
 */
const LONGEST_LOSS_MS = 110_000;

const WITHOUT_INFO = 'the user may not use INFO: every reconnect counts as a restart of Redis';

/** Who serves the data at the other end, as far as this user may ask; `at` is where that was reached. */
export async function whoServes(redis: Redis, at: string): Promise<Identity> {
  const info = await redis.info('server').catch((error: unknown) => {
    if (isForbidden(error)) return '';
    throw error;
  });
  return identify(info, at);
}

/** What is lost because the user may not ask who serves the data. */
export function lossesOf(who: Identity, trustPersistence = false): readonly string[] {
  return who.run === '' && !trustPersistence ? [WITHOUT_INFO] : [];
}

/** 16 random hexadecimal digits. */
export function newEpoch(): string {
  return randomBytes(8).toString('hex');
}

/** Reads who serves the data from the section `server` of INFO; an empty text is that of a user who may not ask. */
export function identify(info: string, at: string): Identity {
  const field = (name: string) => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1] ?? '';
  return { run: field('run_id'), uptime: field('uptime_in_seconds'), at };
}

/** Another process where this one was last met has not been promoted, whatever its data says: it took the old one's place. */
export function greetingMode(
  who: Identity,
  known: Acquaintance | undefined,
  trustPersistence: boolean,
): GreetingMode {
  if (trustPersistence) return 'trust';
  return known !== undefined && known.at === who.at && known.run !== who.run ? 'restart' : '';
}

/** The greeting of a server; `newEpoch` is its epoch from now on if its data cannot be what it was. */
export function greeting(epochKey: string, who: Identity, newEpoch: string, mode: GreetingMode): ScriptRun {
  return { script: 'hello', keys: [epochKey], args: [who.run, newEpoch, who.at, who.uptime, mode] };
}

/** Reads the reply to a beat or a greeting. */
export function readServerReply(reply: unknown): ServerReply {
  const [epoch = '', seconds, micros, since = '', promoted] = reply as (string | number | undefined)[];
  return {
    epoch: String(epoch),
    time: Number(seconds) * 1_000 + Number(micros) / 1_000,
    since: String(since),
    promoted: promoted === 1,
  };
}

/** Whether a server of the same epoch may lack what this process was told is done: another process serves it now. */
export function tookOver(reply: ServerReply, who: Identity, known: Acquaintance | undefined): boolean {
  if (known === undefined) return reply.promoted;
  return known.epoch === reply.epoch && (who.run === '' || known.run !== who.run);
}

/** Whether a server that took over lacks more than is replayed: some of what this process did there is long past. */
export function lacksTooMuch(reply: ServerReply, known: Acquaintance | undefined, clock: Clock): boolean {
  if (known === undefined || known.epoch !== reply.epoch || reply.since === '') return false;
  const lostMs = known.left.server - Number(reply.since);
  return lostMs > 0 && clock.now() - known.left.monotonic + lostMs > LONGEST_LOSS_MS;
}
