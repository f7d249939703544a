import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import { closeConnection, describeFailure } from './connection.js';
import type { KeyNames } from './key-names.js';
import { decodeMessage, encodeMessage } from './messages.js';
import { newEpoch } from './server-link.js';
import type { ServerLink } from './server-link.js';

const RETRY_SUBSCRIBE_MS = 200;

/**
 * The channel on one Redis server: a connection of its own that listens to the invalidations of all processes and to the
 * beats of this one. Both arrive on the same connection, so a beat that comes back has overtaken nothing. Beats have a
 * channel per process: on a shared one every process would hear all the others'.
 */
export class RedisChannel implements Channel {
  readonly #beatChannel: string;
  #listener: ChannelListener | undefined;
  #closed = false;
  /** Why the channel is silent, as told since it was open last: nothing more can be lost, so each reason is told once. */
  readonly #told = new Set<string>();

  constructor(
    private readonly subscriber: Redis,
    private readonly link: ServerLink,
    private readonly names: KeyNames,
    private readonly clock: Clock,
  ) {
    this.#beatChannel = `${names.channel}:${randomBytes(9).toString('base64url')}`;
  }

  open(listener: ChannelListener): void {
    this.#listener = listener;
    const { subscriber } = this;
    // the command connection to the same server reports what is wrong; saying it twice would help nobody
    subscriber.on('error', () => undefined);
    subscriber.on('message', (channel: string, text: string) => this.#receive(channel, text));
    subscriber.on('ready', () => void this.#subscribe());
    subscriber.on('close', () => this.#fallSilent('channel disconnected'));
    subscriber.connect().catch(() => undefined);
  }

  async beat(beat: number): Promise<void> {
    const sentAt = this.clock.now();
    const args = [this.#beatChannel, encodeMessage({ kind: 'beat', beat }), newEpoch()];
    if (!this.link.ready) throw new CacheError('REDIS_UNAVAILABLE', 'not connected');
    this.link.learn(await this.link.script({ script: 'beat', keys: [this.names.epoch], args }), sentAt);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener = undefined;
    await closeConnection(this.subscriber, this.clock);
  }

  async #subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.names.channel, this.#beatChannel);
    } catch (error) {
      if (this.#closed || this.subscriber.status !== 'ready') return;
      this.#fallSilent(`subscribe refused: ${describeFailure(error)}`);
      this.clock.after(RETRY_SUBSCRIBE_MS, () => this.subscriber.disconnect(true));
      return;
    }
    this.#told.clear();
    this.#listener?.onOpen();
  }

  #fallSilent(reason: string): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#listener?.onGap(reason);
  }

  #receive(channel: string, text: string): void {
    const message = decodeMessage(text);
    const listener = this.#listener;
    if (listener === undefined) return;
    if (message === undefined) {
      // somebody else writes on our channel: what it meant to say is unknown, so nothing in memory can be trusted
      listener.onGap('unreadable message');
      return;
    }
    if (message.kind === 'keys') listener.onKeys(message.names);
    else if (message.kind === 'tags') listener.onTags(message.names);
    else if (channel === this.#beatChannel) listener.onBeat(message.beat);
  }
}
