import type { Redis } from 'ioredis';
import type { ChannelListener } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import type { ClusterNames } from './cluster-names.js';
import { tell, tellIn } from './redis-channel.js';
import type { ServerLink } from './server-link.js';
import { Subscriber } from './subscriber.js';

const INVALIDATED = '__redis__:invalidate';

/**
 * What one master of a Cluster tells: the markers of all processes, and the beats of this one, as client tracking reports
 * them. Publishing would do for one server, but in a Cluster it goes to all servers, with nothing to order it by.
 * The markers of one moment come before its beats (`ClusterNames.markers`), so that a beat has overtaken nothing.
 */
export class MarkerFeed {
  readonly #subscriber: Subscriber;
  #closed = false;

  constructor(
    readonly node: string,
    redis: Redis,
    private readonly names: ClusterNames,
    parts: { clock: Clock; sender: string; link: () => ServerLink | undefined },
  ) {
    const prefixes = [names.markers, `${names.beats}${parts.sender}:`];
    this.#subscriber = new Subscriber(redis, parts.clock, (connection) =>
      track(connection, prefixes).catch((error: unknown) => tellIn(parts.link())(error)),
    );
  }

  open(listener: ChannelListener): void {
    const { node } = this;
    this.#subscriber.redis.on('messageBuffer', (_channel: Buffer, keys: unknown) => {
      if (!this.#closed) this.#receive(listener, keys);
    });
    this.#subscriber.open({
      onOpen: () => listener.onOpen(node),
      onGap: (reason) => listener.onGap(reason, node),
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#subscriber.close();
  }

  #receive(listener: ChannelListener, keys: unknown): void {
    // no keys: all of them
    if (!Array.isArray(keys)) return listener.onGap('flushed', this.node);
    for (const key of keys) tell(listener, this.names.meaning(String(key)), this.node);
  }
}

/** RESP2 delivers what is tracked as messages, here to the very connection that tracks. */
async function track(redis: Redis, prefixes: readonly string[]): Promise<void> {
  const id = String(await redis.client('ID'));
  const tracked = prefixes.flatMap((prefix) => ['PREFIX', prefix]);
  await redis.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', ...tracked);
  await redis.subscribe(INVALIDATED);
}
