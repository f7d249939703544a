import { randomUUID } from 'node:crypto';
import type { BehindDefaults } from '../contracts/behind-terms.js';
import type { BehindHandler, BehindRegion, BehindTerms } from '../contracts/behind-handler.js';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { hash32 } from '../contracts/hash.js';
import type { LogFigures, LogPlace, LoggedWrite, UnsettledValue, WriteLog } from '../contracts/write-log.js';
import { newToken } from '../flight/lease.js';
import { withDeadline } from '../resilience/deadline.js';
import { EntryFormat } from '../tiers/entry-format.js';
import type { HeldValue } from '../tiers/held-value.js';
import { durabilityFault } from '../write-behind/durability.js';
import type { Put } from '../write-behind/write-queue.js';
import { WriteQueue } from '../write-behind/write-queue.js';

/** How write-behind works in an application. Times in milliseconds. */
export interface BehindOptions {
  readonly defaults: BehindDefaults;
  readonly ackTimeoutMs: number;
  readonly acknowledgesEviction: boolean;
}

/** What the logs of a region work with. Times in milliseconds. */
export interface RegionLogParts extends Pick<BehindOptions, 'ackTimeoutMs' | 'acknowledgesEviction'> {
  readonly log: WriteLog;
  readonly clock: Clock;
  /** How long a read waits for the log. */
  readonly redisBudgetMs: number;
  readonly format: EntryFormat;
  /** Says why nothing is written behind. */
  readonly report: (fault: string) => void;
}

/** The newest value of a key that the database may not have: there is one, there is none, or the log does not say. */
export type Newest =
  | { readonly kind: 'value'; readonly held: HeldValue }
  | { readonly kind: 'settled' }
  | { readonly kind: 'unknown' };

const SETTLED: Newest = { kind: 'settled' };
const UNKNOWN: Newest = { kind: 'unknown' };
/** What a log holds of a value is an entry without a life of its own. */
const LIFELESS = { epoch: '0'.repeat(16), createdAt: 0, softExpiry: 0, hardExpiry: 0, loadMs: 0, tags: [] };
const MAX_ARGS_BYTES = 1_048_576;
const ARGS = new EntryFormat({
  codec: 'msgpack',
  compress: false,
  compressionThreshold: 0,
  maxValueBytes: MAX_ARGS_BYTES,
  clone: false,
});

/** The logs of one region as writers and readers of this process use them. */
export class RegionLog implements BehindRegion {
  /** The region's handler, when there is one here. */
  handler: BehindHandler | undefined;
  readonly accepted = { queued: 0, through: 0, refused: 0 };
  readonly #queue: WriteQueue;
  #partitions: number | undefined;
  #fault: string | undefined | null = null;

  constructor(
    readonly name: string,
    readonly terms: BehindTerms,
    private readonly parts: RegionLogParts,
  ) {
    const { log, clock, ackTimeoutMs } = parts;
    const handler = () => this.handler;
    const trusted = async () => (await this.fault()) === undefined;
    this.#queue = new WriteQueue({ region: this, log, clock, ackTimeoutMs, handler, trusted });
  }

  get log(): WriteLog {
    return this.parts.log;
  }

  get isState(): boolean {
    return this.terms.kind === 'state';
  }

  /**
   * A write of a value, as its log keeps it.
   * @throws CacheError `NOT_STORABLE` for what has no exact bytes: nobody could write it later.
   */
  encode(key: string, args: readonly unknown[], value: unknown): LoggedWrite & { readonly held: HeldValue } {
    if (value === undefined) throw this.#notStorable('undefined is no value');
    const given = this.#bytesOf(this.parts.format, value);
    const { bytes } = this.#bytesOf(ARGS, [...args]);
    const { held } = given;
    return { id: randomUUID(), key, args: bytes, value: given.bytes, marks: this.isState, held };
  }

  decode(args: Buffer, value: Buffer) {
    const list = valueIn(ARGS, args)?.view;
    const held = valueIn(this.parts.format, value);
    if (!Array.isArray(list) || held === undefined) return undefined;
    try {
      return { args: list as readonly unknown[], value: held.give() };
    } catch {
      return undefined;
    }
  }

  /** @throws CacheError as `WriteQueue.put`. */
  async put(place: LogPlace | undefined, write: LoggedWrite): Promise<Put> {
    try {
      const put = await this.#queue.put(place, write);
      this.accepted[put.via === 'queue' ? 'queued' : 'through']++;
      return put;
    } catch (error) {
      this.accepted.refused++;
      throw error;
    }
  }

  /** The log of a key; `undefined` while nobody says into how many the region is divided. */
  async place(key: string, waitMs = this.parts.ackTimeoutMs): Promise<LogPlace | undefined> {
    const partitions = this.#partitions ?? (await this.partitions(waitMs));
    return partitions === undefined ? undefined : { region: this.name, partition: hash32(key) % partitions };
  }

  /** Into how many logs the region is divided; `undefined` without an answer. */
  async partitions(waitMs = this.parts.ackTimeoutMs): Promise<number | undefined> {
    const { log } = this.parts;
    const first = { region: this.name, partition: 0 };
    const ask = () => log.partitions(this.name, this.terms.partitions);
    this.#partitions ??= log.reachable(first) ? await this.#answer(ask, waitMs) : undefined;
    return this.#partitions;
  }

  /** The text in the braces of the names of a key's log: who owns its slot owns the log. */
  nameOf(key: string): string {
    return `${this.name}/${hash32(key) % (this.#partitions ?? this.terms.partitions)}`;
  }

  /** The database has this version of a key. Rejects where the log does not hear it. */
  async overtake(key: string, version: number): Promise<void> {
    // also while its server is being greeted, and counts as not reachable: it is not read from before this is done
    this.#partitions ??= await this.parts.log.partitions(this.name, this.terms.partitions);
    const partition = hash32(key) % this.#partitions;
    await this.parts.log.overtake({ region: this.name, partition }, key, version);
  }

  /** 5 — What a load must ask after its lease was granted and before its loader runs. Never rejects. */
  async newest(key: string): Promise<Newest> {
    const { log, redisBudgetMs, format } = this.parts;
    const place = await this.place(key, redisBudgetMs);
    if (place === undefined || !log.reachable(place)) return UNKNOWN;
    const none = Symbol('none');
    const ask = async (): Promise<UnsettledValue | typeof none> => (await log.unsettled(place, key)) ?? none;
    const found = await this.#answer(ask, redisBudgetMs);
    if (found === undefined) return UNKNOWN;
    if (found === none) return SETTLED;
    const held = valueIn(format, found.value);
    // the worker will bury it; until then nobody knows what the key is
    return held === undefined ? UNKNOWN : { kind: 'value', held };
  }

  /** How its logs are now, beside the clock of the server of each. Rejects while a server does not say. */
  async figures(): Promise<readonly (LogFigures & { readonly now: number })[]> {
    const { log, clock, ackTimeoutMs } = this.parts;
    const read = async (place: LogPlace) => ({ ...(await log.figures(place)), now: log.serverMicros(place) });
    const places = this.#places(await this.divided());
    return withDeadline(clock, ackTimeoutMs, Promise.all(places.map(read)));
  }

  /** Into how many logs it is divided. @throws CacheError `REDIS_UNAVAILABLE` while nobody says. */
  async divided(): Promise<number> {
    const partitions = await this.partitions();
    if (partitions !== undefined) return partitions;
    throw new CacheError('REDIS_UNAVAILABLE', `the logs of '${this.name}' do not answer`);
  }

  #places(partitions: number): readonly LogPlace[] {
    return Array.from({ length: partitions }, (_, partition) => ({ region: this.name, partition }));
  }

  /** Why the log's servers cannot keep writes as the region asks; `null` while they do not say. */
  async fault(): Promise<string | undefined | null> {
    if (this.terms.durability === 'none') return undefined;
    if (this.#fault !== null) return this.#fault;
    this.#fault = await this.#look();
    if (typeof this.#fault === 'string') this.parts.report(this.#fault);
    return this.#fault;
  }

  async #look(): Promise<string | undefined | null> {
    const { log, ackTimeoutMs, acknowledgesEviction } = this.parts;
    const places = this.#places((await this.partitions()) ?? 0);
    if (places.length === 0 || !places.every((place) => log.reachable(place))) return null;
    const ask = () => Promise.all(places.map((place) => log.durability(place)));
    const servers = await this.#answer(ask, ackTimeoutMs);
    if (servers === undefined) return null;
    const faults = servers.map((one) => durabilityFault(this.terms.durability, one, acknowledgesEviction));
    return faults.find((fault) => fault !== undefined);
  }

  async #answer<T>(work: () => Promise<T>, ms: number): Promise<T | undefined> {
    try {
      return await withDeadline(this.parts.clock, ms, work());
    } catch {
      return undefined;
    }
  }

  #bytesOf(format: EntryFormat, value: unknown) {
    const outcome = format.prepare(value);
    if (outcome.kind === 'refused') throw this.#notStorable(outcome.reason);
    const { held } = outcome.prepared;
    const bytes = outcome.prepared.toBytes({ id: newToken(), ...LIFELESS });
    if (bytes === undefined) throw this.#notStorable('it does not fit');
    return { held, bytes };
  }

  #notStorable(why: string): CacheError {
    return new CacheError('NOT_STORABLE', `a value of '${this.name}' cannot be written behind: ${why}`);
  }
}

function valueIn(format: EntryFormat, bytes: Buffer): HeldValue | undefined {
  const opened = format.open(bytes);
  return opened.kind === 'opened' ? opened.entry.value() : undefined;
}
