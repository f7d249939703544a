import type { BehindHandler, BehindRegion, WriteBehindReceipt } from '../contracts/behind-handler.js';
import type { Clock } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import { CacheError, isCacheError } from '../contracts/errors.js';
import type { Appended, LogPlace, LoggedWrite, WriteLog } from '../contracts/write-log.js';
import { withDeadline } from '../resilience/deadline.js';
import { DirectWrites } from './direct-writes.js';
import { Versions } from './versions.js';

/** What a queue works with. Times in milliseconds. */
export interface QueueParts {
  readonly region: BehindRegion;
  readonly log: WriteLog;
  readonly clock: Clock;
  /** How long a write waits for the log before it goes to the database directly. */
  readonly ackTimeoutMs: number;
  /** The region's handler in this process, if there is one. */
  readonly handler: () => BehindHandler | undefined;
  /** Whether the log is known to keep what it acknowledges. */
  readonly trusted: () => Promise<boolean>;
  /** 0 to 1, for the pauses of those who wait for room. */
  readonly random?: () => number;
}

/** What became of a write. */
export type Put = Pick<WriteBehindReceipt, 'version' | 'via'>;

/** Why a write goes to the database directly, and above which version it must be. */
interface Detour {
  /** `full`: there is no room. `unsafe`: the log answers, but not as is asked for. `away`: it does not. */
  readonly why: 'full' | 'unsafe' | 'away';
  /** What the log has of the write, or may have, has this version at most. */
  readonly above: number;
}

const MICROS = 1_000;
const FIRST_PAUSE_MS = 5;
const LAST_PAUSE_MS = 250;

/** The writer's side of the logs of one region: a write is acknowledged when its log, or the database itself, has it. */
export class WriteQueue {
  readonly #versions = new Versions();
  readonly #direct: DirectWrites;
  readonly #random: () => number;

  constructor(private readonly parts: QueueParts) {
    this.#random = parts.random ?? Math.random;
    this.#direct = new DirectWrites(parts.handler);
  }

  /**
   * Resolves when the write is as safe as its region asks for.
   * @throws CacheError `WRITE_BEHIND_FULL`, `WRITE_BEHIND_UNAVAILABLE`; what the handler throws, where the write goes to it directly.
   */
  async put(place: LogPlace | undefined, write: LoggedWrite): Promise<Put> {
    const { clock, log } = this.parts;
    const { terms } = this.parts.region;
    if (place === undefined || !log.reachable(place))
      return this.#directly(place, write, { why: 'away', above: 0 });
    // it is not to keep the write, but may hold others of the key, whose versions it alone knows
    if (!(await this.parts.trusted())) return this.#directly(place, write, { why: 'unsafe', above: 0 });
    const until = clock.now() + terms.blockForMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
      const done = await this.#append(place, write);
      if ('version' in done) return done;
      if (done.why !== 'full' || terms.whenFull === 'through') return this.#directly(place, write, done);
      const leftMs = until - clock.now();
      if (terms.whenFull === 'reject' || leftMs <= 0) throw this.#full();
      // a share of the pause at random, so that those who wait do not all come back together
      await sleep(clock, Math.min(leftMs, pause * (0.5 + this.#random() / 2)));
    }
  }

  async #append(place: LogPlace, write: LoggedWrite): Promise<Put | Detour> {
    const { log, ackTimeoutMs, region, clock } = this.parts;
    const { maxDepth } = region.terms;
    const startedAt = clock.now();
    const deadline = Math.ceil(log.serverMicros(place) + ackTimeoutMs * MICROS);
    let appended: Appended;
    try {
      const terms = { maxDepth, floor: this.#versions.last, deadline };
      appended = await withDeadline(clock, ackTimeoutMs, log.append(place, write, terms));
    } catch (error) {
      // a server that answers with an error has not taken it
      if (isCacheError(error) && error.code === 'REDIS_REFUSED') return { why: 'unsafe', above: 0 };
      // until then it may still take it, and others get versions below one that is above the deadline
      await sleep(clock, Math.max(0, startedAt + ackTimeoutMs - clock.now()));
      return { why: 'away', above: deadline };
    }
    if (appended.kind === 'full') return { why: 'full', above: 0 };
    if (appended.kind === 'late') return { why: 'unsafe', above: 0 };
    const { version } = appended;
    this.#versions.saw(version);
    const secured = await this.#secured(place, ackTimeoutMs - (clock.now() - startedAt));
    return secured ? { version, via: 'queue' } : { why: 'unsafe', above: version };
  }

  async #secured(place: LogPlace, leftMs: number): Promise<boolean> {
    const { durability } = this.parts.region.terms;
    if (durability !== 'replicated' && durability !== 'fsync') return true;
    if (leftMs <= 0) return false;
    const { log, clock } = this.parts;
    try {
      return await withDeadline(clock, leftMs, log.secured(place, durability, leftMs));
    } catch {
      return false;
    }
  }

  /** Has the handler write it now, in this process; what its value is, the handler learns from the bytes, as always. */
  async #directly(place: LogPlace | undefined, write: LoggedWrite, detour: Detour): Promise<Put> {
    const { region } = this.parts;
    if (this.parts.handler() === undefined) throw this.#unavailable();
    const version = await this.#version(place, detour);
    const decoded = region.decode(write.args, write.value);
    if (decoded === undefined)
      throw new CacheError('NOT_STORABLE', `a value of the region '${region.name}' does not read back`);
    await this.#direct.write(write.key, place?.partition ?? 0, { ...decoded, version, id: write.id });
    return { version, via: 'through' };
  }

  /** One of the log's where it answers, else one by this process's own clock. */
  async #version(place: LogPlace | undefined, detour: Detour): Promise<number> {
    const { log, clock, ackTimeoutMs } = this.parts;
    this.#versions.saw(detour.above);
    if (detour.why !== 'away' && place !== undefined) {
      try {
        const issued = await withDeadline(clock, ackTimeoutMs, log.issue(place, this.#versions.last));
        this.#versions.saw(issued);
        return issued;
      } catch {
        // it has gone away since
      }
    }
    return this.#versions.next(place === undefined ? clock.wall() * MICROS : log.serverMicros(place));
  }

  #full(): CacheError {
    const { name, terms } = this.parts.region;
    return new CacheError(
      'WRITE_BEHIND_FULL',
      `a log of '${name}' holds ${terms.maxDepth} writes that the database does not have yet: the write was not taken`,
    );
  }

  #unavailable(): CacheError {
    return new CacheError(
      'WRITE_BEHIND_UNAVAILABLE',
      `no log of '${this.parts.region.name}' takes the write as safely as is asked for, and this process has no @WriteBehindHandler that could make it at once; it was not acknowledged`,
    );
  }
}
