import type { Redis } from 'ioredis';
import type { Clock, Timer } from '../contracts/clock.js';
import { closeConnection, retryDelay } from './connection.js';
import { describeFailure } from './refusals.js';

/**
 * How often a subscriber, which otherwise never asks anything, does: only a connection that owes an answer is given up when
 * the server is silent, and only a new one is led to the server that took over.
 */
const PING_EVERY_MS = 2_000;

/** Who is told how a subscriber fares. */
export interface SubscriberEvents {
  onOpen(): void;
  onGap(reason: string): void;
}

/**
 * A connection that listens to one server, and is set up again whenever it was made anew: the client's own way of
 * subscribing again fails where nobody hears of it.
 */
export class Subscriber {
  #events: SubscriberEvents | undefined;
  #closed = false;
  /** How often in a row the server has refused. */
  #refused = 0;
  #pings: Timer | undefined;
  /** Why it is silent, as told since it was open last: nothing more can be lost, so each reason is told once. */
  readonly #told = new Set<string>();

  constructor(
    readonly redis: Redis,
    private readonly clock: Clock,
    private readonly subscribe: (redis: Redis) => Promise<unknown>,
  ) {}

  open(events: SubscriberEvents): void {
    this.#events = events;
    const { redis } = this;
    // the command connection to the same server reports what is wrong; saying it twice would help nobody
    redis.on('error', () => undefined);
    redis.on('ready', () => void this.#setUp());
    redis.on('close', () => this.#fallSilent('channel disconnected'));
    redis.connect().catch(() => undefined);
    this.#pings = this.clock.every(PING_EVERY_MS, () => {
      if (redis.status === 'ready') redis.ping().catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#events = undefined;
    this.#pings?.cancel();
    await closeConnection(this.redis, this.clock);
  }

  async #setUp(): Promise<void> {
    try {
      await this.subscribe(this.redis);
    } catch (error) {
      if (this.#closed || this.redis.status !== 'ready') return;
      this.#fallSilent(`subscribe refused: ${describeFailure(error)}`);
      this.clock.after(retryDelay(++this.#refused), () => this.redis.disconnect(true));
      return;
    }
    this.#refused = 0;
    this.#told.clear();
    this.#events?.onOpen();
  }

  #fallSilent(reason: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#events?.onGap(reason);
  }
}
