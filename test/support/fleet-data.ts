/** Who hears what the server publishes; the shape of the library's own port. */
export interface Listener {
  onKeys(keys: readonly string[]): void;
  onStale(keys: readonly string[]): void;
  onTags(tags: readonly string[]): void;
  onGap(reason: string, node: string): void;
  onBeat(beat: number, node: string): void;
  onOpen(node: string): void;
}

export interface Clock {
  readonly epoch: string;
  readonly n: number;
}

/** A client that hears what the server publishes. */
interface Hearer {
  hear(tell: (listener: Listener) => void): void;
}

/**
 * A server inside the test, whose answers and messages to each of its clients can be held back or lost: what a network
 * and a stopped process do, without either. It executes a command at once, as the real one does in its order.
 */
export class FakeServer {
  readonly values = new Map<string, Buffer>();
  readonly leases = new Map<string, string>();
  readonly nonces = new Map<string, string>();
  readonly clients = new Set<Hearer>();
  #nonce = 0;
  #invalidatedAt = 0;

  /** @param time - the server's time in milliseconds since 1970 */
  constructor(readonly time: () => number) {}

  publish(tell: (listener: Listener) => void): void {
    for (const client of this.clients) client.hear(tell);
  }

  renew(tag: string): void {
    this.nonces.set(tag, `c.${++this.#nonce}:x`);
  }

  invalidate(tag: string): void {
    this.renew(tag);
    this.#invalidatedAt = this.#nonce;
  }

  get tagClock(): Clock {
    return { epoch: 'c', n: this.#nonce };
  }

  /** Whether nothing was invalidated since the clock stood there, or this tag got its nonce before. */
  timely(tag: string, { n }: Clock): boolean {
    const made = Number(/\.(\d+):/.exec(this.nonces.get(tag) ?? '')?.[1]);
    return this.#invalidatedAt <= n || made <= n;
  }
}
