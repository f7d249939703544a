import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Channel, ChannelListener } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import { CacheError } from '../contracts/errors.js';
import type { ClusterMasters } from './cluster-masters.js';
import type { ClusterNames } from './cluster-names.js';
import { MarkerFeed } from './marker-feed.js';

/** What the channel of a Cluster works with. */
export interface ClusterChannelParts {
  readonly masters: ClusterMasters;
  readonly names: ClusterNames;
  readonly clock: Clock;
  /** Makes the connection that listens to a master, not yet opened. */
  readonly connect: (node: string) => Redis;
}

/** The channel in a Cluster: one feed for each master, opened and closed as masters come and go. */
export class ClusterChannel implements Channel {
  readonly #feeds = new Map<string, MarkerFeed>();
  readonly #sender = randomBytes(9).toString('base64url');
  #listener: ChannelListener | undefined;

  constructor(private readonly parts: ClusterChannelParts) {}

  nodes(): readonly string[] {
    return this.parts.masters.nodes;
  }

  nodeOf(name: string): string | undefined {
    return this.parts.masters.nodeOf(name);
  }

  open(listener: ChannelListener): void {
    this.#listener = listener;
    this.parts.masters.watch((askedAt, moved) => {
      this.#keepUp();
      this.#listener?.onTopology(askedAt, this.nodes(), moved);
    });
  }

  async beat(beat: number, node: string): Promise<void> {
    const { masters, names } = this.parts;
    const [link, label] = [masters.linkAt(node), masters.labelOf(node)];
    if (link === undefined || label === undefined) {
      throw new CacheError('REDIS_UNAVAILABLE', 'it is no master any more');
    }
    await link.beat({ marker: names.beat(this.#sender, label, beat) });
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    await Promise.all(feeds.map((feed) => feed.close()));
  }

  #keepUp(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const nodes = new Set(this.nodes());
    for (const [node, feed] of this.#feeds) {
      if (nodes.has(node)) continue;
      this.#feeds.delete(node);
      void feed.close();
    }
    const { connect, names, clock } = this.parts;
    for (const node of nodes) {
      if (this.#feeds.has(node)) continue;
      const link = () => this.parts.masters.linkAt(node);
      const feed = new MarkerFeed(node, connect(node), names, { clock, sender: this.#sender, link });
      this.#feeds.set(node, feed);
      feed.open(listener);
    }
  }
}
