import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { CircuitBreaker } from '../resilience/circuit-breaker.js';
import type { ScriptRun } from './connection.js';
import { closeConnection, describeFailure, runScript } from './connection.js';
import type { KeyNames } from './key-names.js';

/** What the owner of a link is told. */
export interface LinkEvents {
  /** The data on the server is not what it was: it restarted, or was flushed. */
  onNewEpoch(): void;
  onReady(): void;
  onLost(): void;
  onFailure(kind: 'connection' | 'command', reason: string): void;
  onBreaker(state: 'open' | 'closed'): void;
}

/** What a link works with. */
export interface LinkParts {
  readonly names: KeyNames;
  readonly clock: Clock;
  readonly events: LinkEvents;
  /** Commands without an answer, above which the server counts as not available. */
  readonly maxInFlight: number;
}

/**
 * The command connection of one server, with what is known about the server: its epoch, its clock, whether it answers.
 * Everything that is sent goes through `send`, which counts what is in flight and feeds the breaker.
 */
export class ServerLink {
  readonly breaker: CircuitBreaker;
  #ready = false;
  #inFlight = 0;
  #epoch = '';
  #clockOffset: number;

  readonly #parts: LinkParts;

  constructor(
    readonly redis: Redis,
    parts: LinkParts,
  ) {
    const { clock, events } = parts;
    this.#parts = parts;
    this.#clockOffset = clock.wall() - clock.now();
    this.breaker = new CircuitBreaker(clock, (state) => events.onBreaker(state));
    redis.on('error', (error: unknown) => events.onFailure('connection', describeFailure(error)));
    redis.on('ready', () => void this.#greet());
    redis.on('close', () => this.#lose());
  }

  get ready(): boolean {
    return this.#ready;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  serverTime(monotonic = this.#parts.clock.now()): number {
    return monotonic + this.#clockOffset;
  }

  /** Opens the connection; a server that is not there is tried again in the background. */
  open(): void {
    this.redis.connect().catch(() => undefined);
  }

  available(): boolean {
    return this.#inFlight < this.#parts.maxInFlight && this.reachable();
  }

  reachable(): boolean {
    return this.#ready && this.breaker.allows();
  }

  /** Sends one command, counted and watched. Rejects with a CacheError that names no key, value or argument. */
  async send<T>(command: () => Promise<T>): Promise<T> {
    if (this.redis.status !== 'ready') throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    this.#inFlight++;
    try {
      const reply = await command();
      this.breaker.succeeded();
      return reply;
    } catch (error) {
      throw this.#translate(error);
    } finally {
      this.#inFlight--;
    }
  }

  script(run: ScriptRun, reply: 'text' | 'bytes' = 'text'): Promise<unknown> {
    return this.send(() => runScript(this.redis, run, reply));
  }

  /** Takes over what a beat or a greeting said about the server. `sentAt` is monotonic. */
  learn(reply: unknown, sentAt: number): void {
    const [epoch, seconds, micros] = reply as [string, string, string];
    const serverMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    this.#clockOffset = serverMs - (sentAt + this.#parts.clock.now()) / 2;
    if (epoch === this.#epoch) return;
    const first = this.#epoch === '';
    this.#epoch = epoch;
    if (!first) this.#parts.events.onNewEpoch();
  }

  async close(): Promise<void> {
    this.#ready = false;
    await closeConnection(this.redis, this.#parts.clock);
  }

  /** A reply such as OOM or WRONGTYPE comes from a server that answers; everything else counts against it. */
  #translate(error: unknown): CacheError {
    const reason = describeFailure(error);
    const answered = error instanceof Error && error.name === 'ReplyError';
    if (answered) this.breaker.succeeded();
    else this.breaker.failed();
    this.#parts.events.onFailure('command', reason);
    return answered
      ? new CacheError('REDIS_REFUSED', `Redis answered ${reason}`)
      : new CacheError('REDIS_UNAVAILABLE', `Redis did not answer: ${reason}`);
  }

  async #greet(): Promise<void> {
    try {
      const run = await this.#runId();
      const sentAt = this.#parts.clock.now();
      const keys = [this.#parts.names.epoch];
      this.learn(await this.script({ script: 'hello', keys, args: [run, newEpoch()] }), sentAt);
      if (this.redis.status !== 'ready') return;
      this.#ready = true;
      this.#parts.events.onReady();
    } catch {
      // counted by send(); without a greeting the connection is of no use, so it is made anew
      if (this.redis.status === 'ready') this.redis.disconnect(true);
    }
  }

  /** The server's run id, or '' where this user has no right to ask. */
  async #runId(): Promise<string> {
    try {
      const info = await this.send(() => this.redis.info('server'));
      return /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
    } catch (error) {
      if (error instanceof CacheError && error.code === 'REDIS_REFUSED') return '';
      throw error;
    }
  }

  #lose(): void {
    if (!this.#ready) return;
    this.#ready = false;
    this.#parts.events.onLost();
  }
}

/** 16 random hexadecimal digits. */
export function newEpoch(): string {
  return randomBytes(8).toString('hex');
}
