import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import type {
  Appended,
  AppendTerms,
  BuriedWrite,
  Grip,
  LogEntry,
  LogFigures,
  LoggedWrite,
  LogPlace,
  ServerDurability,
  UnsettledValue,
  WriteLog,
} from '../contracts/write-log.js';
import type { ScriptRun } from './connection.js';
import type { KeyNames } from './key-names.js';
import { buriedIn, entriesIn } from './log-entries.js';
import { asReply } from './pipelined.js';
import type { ScriptName } from './scripts/index.js';
import { serverDurability } from './server-durability.js';
import type { Servers } from './servers.js';
import { MOVING } from './servers.js';

type Args = ScriptRun['args'];

const MICROS = 1_000;
/** Dead letters that one script moves or removes. */
const AT_ONCE = 500;
/** How long what a server says of its disk is believed. */
const BELIEVED_MS = 10_000;

/** What the logs on Redis work with. */
export interface WriteLogParts {
  readonly servers: Servers;
  readonly names: KeyNames;
  readonly clock: Clock;
}

/** Logs of writes on Redis, one server or a Cluster, where each log has a slot of its own. */
export class RedisWriteLog implements WriteLog {
  readonly #disks = new Map<string, { readonly until: number; readonly said: Promise<ServerDurability> }>();

  constructor(private readonly parts: WriteLogParts) {}

  reachable(place: LogPlace): boolean {
    const { servers } = this.parts;
    const name = nameOf(place);
    return servers.isSettled(name) && (servers.linkOf(name)?.reachable() ?? false);
  }

  serverMicros(place: LogPlace): number {
    const { servers, clock } = this.parts;
    return Math.floor((servers.linkOf(nameOf(place))?.serverTime() ?? clock.wall()) * MICROS);
  }

  async partitions(region: string, wanted: number): Promise<number> {
    const [partitions] = this.parts.names.regionLogKeys(region);
    return Number(await this.#runOn(region, { script: 'logPartitions', keys: [partitions], args: [wanted] }));
  }

  async append(place: LogPlace, write: LoggedWrite, terms: AppendTerms): Promise<Appended> {
    const { id, key, args, value, marks } = write;
    const bounds = [terms.maxDepth, whole(terms.floor), whole(terms.deadline)];
    const reply = await this.#run('logAppend', place, [id, key, args, value, marks ? '1' : '', ...bounds]);
    const [kind, detail] = reply as [number, Buffer];
    if (kind === 1) return { kind: 'appended', version: Number(detail) };
    return kind === 0 ? { kind: 'full', depth: Number(detail) } : { kind: 'late' };
  }

  async secured(place: LogPlace, level: 'replicated' | 'fsync', timeoutMs: number): Promise<boolean> {
    const { servers, names } = this.parts;
    // where every write is on the disk before its reply, there is nothing more to wait for
    if (level === 'fsync') return (await this.#disk(place)).fsyncsAlways === true;
    const name = nameOf(place);
    const run: ScriptRun = { script: 'logTouch', keys: names.logKeys(name), args: [] };
    const [sure] = await servers.replicated([{ name, run }], timeoutMs);
    return sure === true;
  }

  async issue(place: LogPlace, floor: number): Promise<number> {
    return Number(await this.#run('logIssue', place, [whole(floor)]));
  }

  async unsettled(place: LogPlace, key: string): Promise<UnsettledValue | undefined> {
    const reply = (await this.#run('logUnsettled', place, [key])) as [Buffer, Buffer] | null;
    return reply === null ? undefined : { version: Number(reply[0]), value: reply[1] };
  }

  async overtake(place: LogPlace, key: string, version: number): Promise<void> {
    await this.#run('logOvertake', place, [key, whole(version)]);
  }

  async attend(region: string, worker: string, ms: number): Promise<readonly string[]> {
    const [, workers] = this.parts.names.regionLogKeys(region);
    const args = [worker, Math.ceil(ms)];
    const reply = await this.#runOn(region, { script: 'logAttend', keys: [workers], args });
    return (reply as Buffer[]).map(String).sort();
  }

  async leave(region: string, worker: string): Promise<void> {
    const [, workers] = this.parts.names.regionLogKeys(region);
    await this.#runOn(region, { script: 'logLeave', keys: [workers], args: [worker] });
  }

  async claim(place: LogPlace, owner: string, ms: number): Promise<Grip | undefined> {
    const reply = (await this.#run('logClaim', place, [owner, Math.ceil(ms)])) as Buffer | null;
    return reply === null ? undefined : { owner, fence: Number(reply) };
  }

  async renew(place: LogPlace, grip: Grip, ms: number): Promise<boolean> {
    return (await this.#run('logRenew', place, [...gripArgs(grip), Math.ceil(ms)])) === 1;
  }

  async release(place: LogPlace, grip: Grip): Promise<void> {
    await this.#run('logRelease', place, gripArgs(grip));
  }

  async take(place: LogPlace, grip: Grip, count: number): Promise<readonly LogEntry[] | undefined> {
    const reply = await this.#run('logTake', place, [...gripArgs(grip), count]);
    return reply === null ? undefined : entriesIn(reply);
  }

  async settle(place: LogPlace, grip: Grip, entries: readonly LogEntry[]): Promise<boolean> {
    const args = entries.flatMap(({ seq, key }) => [seq, key]);
    return (await this.#run('logSettle', place, [...gripArgs(grip), ...args])) === 1;
  }

  async bury(place: LogPlace, grip: Grip, { seq, key }: LogEntry, reason: string): Promise<boolean> {
    return (await this.#run('logBury', place, [...gripArgs(grip), seq, key, reason])) === 1;
  }

  async deadLetters(
    place: LogPlace,
    after: string | undefined,
    limit: number,
  ): Promise<readonly BuriedWrite[]> {
    const reply = await this.#run('logDead', place, [after === undefined ? '-' : `(${after}`, limit]);
    return buriedIn(reply);
  }

  replay(place: LogPlace, seqs: readonly string[]): Promise<number> {
    return this.#inPortions('logReplay', place, seqs);
  }

  drop(place: LogPlace, seqs: readonly string[]): Promise<number> {
    return this.#inPortions('logDrop', place, seqs);
  }

  async figures(place: LogPlace): Promise<LogFigures> {
    const reply = await this.#run('logFigures', place, []);
    const [depth, oldest, deadLetters] = reply as [number, Buffer, number];
    const since = Number(String(oldest).split('-')[0]);
    return { depth, oldest: depth === 0 ? undefined : since, deadLetters };
  }

  async durability(place: LogPlace): Promise<ServerDurability> {
    const link = this.parts.servers.linkOf(nameOf(place));
    if (link === undefined) throw new CacheError('REDIS_UNAVAILABLE', 'no server is known');
    return link.send(() => serverDurability((question) => answer(link.redis, question)));
  }

  #disk(place: LogPlace): Promise<ServerDurability> {
    const now = this.parts.clock.now();
    const node = this.parts.servers.linkOf(nameOf(place))?.redis.options;
    const where = `${node?.host}:${node?.port}`;
    const known = this.#disks.get(where);
    if (known !== undefined && now < known.until) return known.said;
    const said = this.durability(place);
    this.#disks.set(where, { until: now + BELIEVED_MS, said });
    said.catch(() => this.#disks.delete(where));
    return said;
  }

  async #inPortions(script: ScriptName, place: LogPlace, seqs: readonly string[]): Promise<number> {
    let count = 0;
    for (let from = 0; from < seqs.length; from += AT_ONCE)
      count += (await this.#run(script, place, seqs.slice(from, from + AT_ONCE))) as number;
    return count;
  }

  #run(script: ScriptName, place: LogPlace, args: Args): Promise<unknown> {
    const name = nameOf(place);
    return this.#runOn(name, { script, keys: this.parts.names.logKeys(name), args });
  }

  /** While its slot is on the move a log is on neither server. */
  async #runOn(name: string, run: ScriptRun): Promise<unknown> {
    const reply = await this.parts.servers.run(name, run, 'bytes');
    if (reply === MOVING)
      throw new CacheError('REDIS_UNAVAILABLE', 'the log is on its way to another server');
    return reply;
  }
}

/** What decides about the slot of a log. No region has a `/` in its name. */
function nameOf({ region, partition }: LogPlace): string {
  return `${region}/${partition}`;
}

function gripArgs({ owner, fence }: Grip): string[] {
  return [owner, whole(fence)];
}

/** A whole number in all its digits; none is too large for a script. */
function whole(number: number): string {
  return Math.min(Math.floor(number), Number.MAX_SAFE_INTEGER).toFixed(0);
}

/** The reply to a question about the server, or the error that it answered. */
function answer(redis: Redis, [command = '', ...args]: readonly string[]): Promise<unknown> {
  return redis.call(command, ...args).catch(asReply);
}
