import type { Channel, ChannelListener } from '../../contracts/channel.js';
import type { Clock } from '../../contracts/clock.js';
import { systemClock } from '../../contracts/clock.js';
import { CacheError } from '../../contracts/errors.js';
import { Faults } from './faults.js';

/** What travels on a channel: the beats that are sent, and everything that arrives. */
export const CHANNEL_COMMANDS = ['beat', 'message'] as const;

/** One of them. */
export type ChannelCommand = (typeof CHANNEL_COMMANDS)[number];

/**
 * A channel around another whose messages are lost, held up or late when the test says so, and that can break.
 * A message that fails is lost without a word; a channel that says so is one that breaks.
 */
export class FaultyChannel implements Channel {
  readonly faults: Faults<ChannelCommand>;
  #listener: ChannelListener | undefined;
  #broken = false;
  /** Counts connections: what one had not delivered when it broke is lost. */
  #connection = 0;

  constructor(
    private readonly inner: Channel,
    clock: Clock = systemClock,
  ) {
    const failure = () => new CacheError('REDIS_UNAVAILABLE', 'the test has it fail');
    this.faults = new Faults(clock, CHANNEL_COMMANDS, failure);
  }

  nodes = (): readonly string[] => this.inner.nodes();
  nodeOf = (name: string): string | undefined => this.inner.nodeOf(name);

  open(listener: ChannelListener): void {
    this.#listener = listener;
    this.inner.open({
      onKeys: (keys) => this.#arrive(() => listener.onKeys(keys)),
      onStale: (keys) => this.#arrive(() => listener.onStale(keys)),
      onTags: (tags) => this.#arrive(() => listener.onTags(tags)),
      onBeat: (beat, node) => this.#arrive(() => listener.onBeat(beat, node)),
      onGap: (reason, node) => this.#arrive(() => listener.onGap(reason, node)),
      onOpen: (node) => {
        if (!this.#broken) listener.onOpen(node);
      },
      onTopology: (askedAt, nodes, moved) => listener.onTopology(askedAt, nodes, moved),
    });
  }

  beat(beat: number, node: string): Promise<void> {
    if (this.#broken) return Promise.reject(new CacheError('REDIS_UNAVAILABLE', 'the channel is broken'));
    return this.faults.run('beat', () => this.inner.beat(beat, node));
  }

  /** The connection is gone: the application hears of it, and of nothing else until it is mended. */
  break(reason = 'the test breaks it'): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#connection++;
    for (const node of this.nodes()) this.#listener?.onGap(reason, node);
  }

  /** The connection is back; what was said meanwhile is lost. */
  mend(): void {
    if (!this.#broken) return;
    this.#broken = false;
    for (const node of this.nodes()) this.#listener?.onOpen(node);
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    await this.inner.close();
  }

  #arrive(tell: () => void): void {
    if (this.#broken) return;
    const connection = this.#connection;
    const arrived = async () => {
      if (this.#listener !== undefined && connection === this.#connection) tell();
    };
    this.faults.run('message', arrived).catch(() => undefined);
  }
}
