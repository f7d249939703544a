import type { Redis } from 'ioredis';
import { CacheError } from '../contracts/errors.js';
import { CircuitBreaker } from '../resilience/circuit-breaker.js';
import type { ScriptRun } from './connection.js';
import { closeConnection, duplicateConnection, placeOf, retryDelay, runScript } from './connection.js';
import type { Acquaintance, GreetingMode, Identity } from './greeting.js';
import { greeting, greetingMode, lacksTooMuch, lossesOf, newEpoch } from './greeting.js';
import { readServerReply, tookOver, whoServes } from './greeting.js';
import type { BeatPath, LinkParts } from './link-parts.js';
import { describeFailure, failureOf, isReply } from './refusals.js';
import { ReplicatedLink } from './replicated.js';

export type { LinkEvents, LinkParts } from './link-parts.js';

/** How long the way to a server and back may take to say something about its clock, once that is known. */
const TELLING_MS = 500;

/**
 * The command connection of one server, with what is known about the server: its epoch, its clock, whether it answers.
 * Everything that is sent goes through `send`, which counts what is in flight and feeds the breaker.
 */
export class ServerLink {
  readonly breaker: CircuitBreaker;
  #ready = false;
  /** The connection is given up, and still there: its end is waited for, in case the server answers something. */
  #leaving = false;
  #inFlight = 0;
  #epoch = '';
  #clockOffset: number;
  #who: Identity = { run: '', uptime: '', at: '' };
  /** How many greetings in a row came to nothing: the client counts only connections that do. */
  #refused = 0;
  /** Advanced by every greeting and every loss, so that a greeting that was overtaken changes nothing. */
  #turn = 0;

  readonly #parts: LinkParts;
  readonly #replicated: ReplicatedLink;
  readonly #acquaintances: Map<string, Acquaintance>;

  constructor(
    readonly redis: Redis,
    parts: LinkParts,
  ) {
    const { clock, events } = parts;
    this.#parts = parts;
    this.#clockOffset = clock.wall() - clock.now();
    this.#acquaintances = parts.acquaintances ?? new Map<string, Acquaintance>();
    this.#replicated = new ReplicatedLink(() => duplicateConnection(redis), clock);
    this.breaker = new CircuitBreaker(clock, (state) => events.onBreaker(state));
    redis.options.retryStrategy = (attempt) => retryDelay(attempt + this.#refused);
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

  /** What this user may not do on the server, and what that costs. */
  get degraded(): readonly string[] {
    return this.#ready ? lossesOf(this.#who, this.#parts.trustPersistence) : [];
  }

  serverTime(monotonic = this.#parts.clock.now()): number {
    return monotonic + this.#clockOffset;
  }

  /** Opens the connection; a server that is not there is tried again in the background. */
  open(): void {
    this.redis.connect().catch(() => undefined);
  }

  /** Gives the connection up for a new one, on which the server is greeted before anything else. */
  reconnect(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.redis.disconnect(true);
  }

  available(): boolean {
    return this.#inFlight < this.#parts.maxInFlight && this.reachable();
  }

  reachable(): boolean {
    return this.#ready && this.breaker.allows();
  }

  /** Sends one command, counted and watched. Rejects with a CacheError that names no key, value or argument. */
  async send<T>(command: () => Promise<T>): Promise<T> {
    if (this.#isDeaf()) this.reconnect();
    if (this.redis.status !== 'ready' || this.#leaving)
      throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    this.breaker.sent();
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

  /**
   * Runs scripts, and then again on the connection that waits for a replica; resolves to whether one has them after at most
   * `timeoutMs`. `otherwise` runs them the usual way, and decides about rejecting.
   */
  async replicated(
    runs: readonly ScriptRun[],
    timeoutMs: number,
    otherwise: () => Promise<unknown> = () => Promise.all(runs.map((run) => this.script(run))),
  ): Promise<boolean> {
    // first where everything else goes, so that nothing passes it while a replica is waited for
    await otherwise();
    try {
      return await this.#replicated.run(runs, timeoutMs);
    } catch {
      return false;
    }
  }

  /** Sends a beat, and learns from the answer. */
  async beat(path: BeatPath): Promise<void> {
    if (!this.#ready) throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    const sentAt = this.#parts.clock.now();
    const { run, at } = this.#who;
    const keys = [this.#parts.names.epoch];
    if ('marker' in path) keys.push(path.marker);
    const signal = 'marker' in path ? ['', ''] : [path.channel, path.message];
    this.#learn(await this.script({ script: 'beat', keys, args: [...signal, newEpoch(), run, at] }), sentAt);
  }

  /** Reports a failure of a command, sent here or on another connection to the same server. */
  tell(error: unknown): void {
    this.#parts.events.onFailure('command', describeFailure(error));
  }

  async close(): Promise<void> {
    this.#turn++;
    if (this.#ready) this.#remember();
    this.#ready = false;
    await Promise.all([this.#replicated.close(), closeConnection(this.redis, this.#parts.clock)]);
  }

  /**
   * As much is under way as may be, and nothing is answered: more would pile up for as long as the server is silent. On a new
   * connection it is greeted first, and told what was not sent.
   */
  #isDeaf(): boolean {
    return this.breaker.open && this.#inFlight >= this.#parts.maxInFlight;
  }

  /** An answer, whatever it says, comes from a server that is there; everything else counts against it. */
  #translate(error: unknown): CacheError {
    if (isReply(error)) this.breaker.succeeded();
    else this.breaker.failed();
    this.tell(error);
    return failureOf(error);
  }

  async #greet(): Promise<void> {
    const turn = ++this.#turn;
    this.#leaving = false;
    try {
      await this.#introduce();
    } catch {
      // counted by send(); without a greeting the connection is of no use, so it is made anew
      this.#refused++;
      if (turn === this.#turn && this.redis.status === 'ready') this.reconnect();
      return;
    }
    if (turn !== this.#turn || this.redis.status !== 'ready') return;
    this.#ready = true;
    this.#refused = 0;
    this.#remember();
    this.#parts.events.onReady(this.degraded);
  }

  /** Learns the epoch, and makes up for what the server may have missed. */
  async #introduce(): Promise<void> {
    const { clock, trustPersistence = false, resume, owns = () => true } = this.#parts;
    const known = this.#known;
    const who = await this.send(() => whoServes(this.redis, this.#parts.place ?? placeOf(this.redis)));
    this.#who = who;
    const reply = readServerReply(await this.#hello(greetingMode(who, known, trustPersistence)));
    const promoted = tookOver(reply, who, known);
    const next = await resume?.({ promoted, owns });
    const tooLate = promoted && !trustPersistence && lacksTooMuch(reply, known, clock);
    if (next !== 'renew' && !tooLate) return;
    await this.#hello('renew');
    // only now: a connection that breaks before has renewed nothing
    await resume?.({ promoted: false, renewed: true, owns });
  }

  async #hello(mode: GreetingMode): Promise<unknown> {
    const sentAt = this.#parts.clock.now();
    const reply = await this.script(greeting(this.#parts.names.epoch, this.#who, newEpoch(), mode));
    this.#learn(reply, sentAt);
    return reply;
  }

  /** Takes over what a beat or a greeting said about the server. `sentAt` is monotonic. */
  #learn(reply: unknown, sentAt: number): void {
    const { epoch, time } = readServerReply(reply);
    const now = this.#parts.clock.now();
    // this process may have been stopped on the way, and nobody knows on which half of it
    if (!this.#ready || now - sentAt <= TELLING_MS) this.#clockOffset = time - (sentAt + now) / 2;
    if (epoch === this.#epoch) return;
    const before = this.#epoch === '' ? this.#known?.epoch : this.#epoch;
    this.#epoch = epoch;
    if (this.#ready) this.#remember();
    if (before !== undefined && before !== epoch) this.#parts.events.onNewEpoch();
  }

  get #known(): Acquaintance | undefined {
    return this.#acquaintances.get(this.#parts.names.epoch);
  }

  /** Only of a server that reads may go to: one that was left before that still has to be made up for. */
  #remember(): void {
    const now = this.#parts.clock.now();
    const left = { monotonic: now, server: this.serverTime(now) };
    const { run, at } = this.#who;
    this.#acquaintances.set(this.#parts.names.epoch, { epoch: this.#epoch, run, at, left });
  }

  #lose(): void {
    this.#turn++;
    this.#replicated.reset();
    if (!this.#ready) return;
    this.#remember();
    this.#ready = false;
    this.#parts.events.onLost();
  }
}
