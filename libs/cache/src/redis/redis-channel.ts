import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import { assertMaster } from './connection.js';
import type { KeyNames } from './key-names.js';
import type { Message } from './messages.js';
import { decodeMessage, encodeMessage } from './messages.js';
import { isReply } from './refusals.js';
import type { ServerLink } from './server-link.js';
import { Subscriber } from './subscriber.js';

/** One server has one name for ever, whichever process of a Sentinel set serves it. */
const NODE = 'redis';
const NODES: readonly string[] = [NODE];

/**
 * The channel on one Redis server: a connection of its own that listens to the invalidations of all processes and to the
 * beats of this one. Both arrive on the same connection, so a beat that comes back has overtaken nothing. Beats have a
 * channel per process: on a shared one every process would hear all the others'.
 */
export class RedisChannel implements Channel {
  readonly #beatChannel: string;
  readonly #subscriber: Subscriber;
  #listener: ChannelListener | undefined;

  constructor(
    subscriber: Redis,
    private readonly link: ServerLink,
    names: KeyNames,
    clock: Clock,
  ) {
    this.#beatChannel = `${names.channel}:${randomBytes(9).toString('base64url')}`;
    this.#subscriber = new Subscriber(subscriber, clock, async (redis) => {
      await assertMaster(redis);
      await redis.subscribe(names.channel, this.#beatChannel).catch(tellIn(link));
    });
  }

  nodes(): readonly string[] {
    return NODES;
  }

  nodeOf(_name: string): string {
    return NODE;
  }

  open(listener: ChannelListener): void {
    this.#listener = listener;
    this.#subscriber.redis.on('message', (channel: string, text: string) => this.#receive(channel, text));
    this.#subscriber.open({
      onOpen: () => listener.onOpen(NODE),
      onGap: (reason) => listener.onGap(reason, NODE),
    });
  }

  beat(beat: number, _node: string): Promise<void> {
    return this.link.beat({ channel: this.#beatChannel, message: encodeMessage({ kind: 'beat', beat }) });
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    await this.#subscriber.close();
  }

  #receive(channel: string, text: string): void {
    if (this.#listener === undefined) return;
    const message = decodeMessage(text);
    // anybody may write a beat on the channel of all; only one on our own proves anything
    if (message?.kind === 'beat' && channel !== this.#beatChannel) return;
    tell(this.#listener, message, NODE);
  }
}

/** Has a link report that its server refuses another connection; passes the failure on. */
export function tellIn(link: ServerLink | undefined): (error: unknown) => never {
  return (error) => {
    if (isReply(error)) link?.tell(error);
    throw error;
  };
}

/** Tells a listener what a server said; what nobody can read may have told of anything, so nothing in memory can be trusted. */
export function tell(listener: ChannelListener, message: Message | undefined, node: string): void {
  switch (message?.kind) {
    case 'keys':
      return listener.onKeys(message.names);
    case 'stale':
      return listener.onStale(message.names);
    case 'tags':
      return listener.onTags(message.names);
    case 'beat':
      return listener.onBeat(message.beat, node);
    default:
      return listener.onGap('unreadable message', node);
  }
}
