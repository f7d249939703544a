import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel } from '../../contracts/channel.js';
import type { Store } from '../../contracts/store.js';

/** One process: a store that invalidates, and a channel of its own that is not open yet. */
export interface ChannelProcess {
  readonly store: Store;
  readonly channel: Channel;
}

/** Where processes meet. */
export interface ChannelSubject {
  /** Another process; its store can be reached when it resolves. */
  readonly join: () => ChannelProcess | Promise<ChannelProcess>;
  /** How long a message is waited for before it counts as lost, in milliseconds. Default 10 s. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;

/** Waits until something is so. How long a message takes is nobody's promise, only that it comes. */
async function becomes(condition: () => boolean, what: string, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`in ${patienceMs} ms it did not come true that ${what}`);
    await pause(2);
  }
}

let count = 0;

/** A process that listens, and what it has heard in order: `keys seeds:n1`, `beat 7 from redis`. */
export class Hearer {
  readonly heard: string[] = [];
  readonly #opened = new Set<string>();

  constructor(
    readonly process: ChannelProcess,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Another process that listens. */
  static async in({ join, patienceMs }: ChannelSubject): Promise<Hearer> {
    const hearer = new Hearer(await join(), patienceMs);
    await hearer.listen();
    return hearer;
  }

  get channel(): Channel {
    return this.process.channel;
  }

  get store(): Store {
    return this.process.store;
  }

  /** Opens the channel and waits until it is open. */
  async listen(): Promise<void> {
    const each = (kind: string) => (names: readonly string[]) => {
      for (const name of names) this.heard.push(`${kind} ${name}`);
    };
    this.channel.open({
      onKeys: each('keys'),
      onStale: each('stale'),
      onTags: each('tags'),
      onBeat: (beat, node) => this.heard.push(`beat ${beat} from ${node}`),
      onGap: (reason) => this.heard.push(`gap: ${reason}`),
      onOpen: (node) => this.#opened.add(node),
      onTopology: () => undefined,
    });
    await becomes(() => this.#isOpen(), 'the channel is open', this.patienceMs);
  }

  async hears(what: string): Promise<void> {
    await becomes(() => this.heard.includes(what), `'${what}' is heard`, this.patienceMs);
  }

  /** A key that no other promise uses, on the server of `beside` where one is given. */
  key(beside?: string): string {
    for (;;) {
      const key = `seeds:n${++count}`;
      if (beside === undefined || this.channel.nodeOf(key) === this.channel.nodeOf(beside)) return key;
    }
  }

  tag(): string {
    return `#tag${++count}`;
  }

  /** The server of a key or tag. */
  nodeOf(name: string): string {
    const node = this.channel.nodeOf(name);
    assert.ok(
      node !== undefined && this.channel.nodes().includes(node),
      `${name} must be on a server that is there`,
    );
    return node;
  }

  #isOpen(): boolean {
    const nodes = this.channel.nodes();
    return nodes.length > 0 && nodes.every((node) => this.#opened.has(node));
  }
}
