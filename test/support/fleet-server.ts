/** Who hears what the server publishes; the shape of the library's own port. */
interface Listener {
  onKeys(keys: readonly string[]): void;
  onTags(tags: readonly string[]): void;
  onGap(reason: string): void;
  onBeat(beat: number): void;
  onOpen(): void;
}

interface Filled {
  readonly bytes: Buffer;
  readonly tags: readonly { readonly tag: string; readonly nonce: string }[];
}

type Reply =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  | { readonly kind: 'granted' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'held'; readonly remainingMs: number };

/** What is under way between a process and the server; each way keeps its order, but one may be slower than the other. */
export type Way = 'commands' | 'answers' | 'messages';

/**
 * A server inside the test, whose answers and messages to each of its clients can be held back or lost: what a network
 * and a stopped process do, without either. It executes a command at once, as the real one does in its order.
 */
export class FakeServer {
  readonly values = new Map<string, Buffer>();
  readonly leases = new Map<string, string>();
  readonly nonces = new Map<string, string>();
  readonly clients = new Set<FakeClient>();
  #nonce = 0;

  /** @param time - the server's time in milliseconds since 1970 */
  constructor(readonly time: () => number) {}

  publish(tell: (listener: Listener) => void): void {
    for (const client of this.clients) client.hear(tell);
  }

  renew(tag: string): void {
    this.nonces.set(tag, `n${++this.#nonce}`);
  }
}

/** The connections of one process: store and channel. */
export class FakeClient {
  /** The server cannot be reached, and this side knows it. */
  #away = false;
  /** The channel is broken: messages are lost, commands are answered. */
  #deaf = false;
  /** Waited before each command; for a slow network. */
  delay: () => Promise<void> = () => Promise.resolve();
  readonly sent: Record<string, number> = {};
  #listener: Listener | undefined;
  readonly #held: Record<Way, (() => void)[] | undefined> = {
    commands: undefined,
    answers: undefined,
    messages: undefined,
  };

  constructor(private readonly server: FakeServer) {
    server.clients.add(this);
  }

  /** From now on nothing arrives any more on these ways. */
  hold(...ways: Way[]): void {
    for (const way of ways) this.#held[way] ??= [];
  }

  /** What was held back on these ways arrives, in its order. */
  resume(...ways: Way[]): void {
    for (const way of ways) {
      const held = this.#held[way] ?? [];
      this.#held[way] = undefined;
      for (const arrive of held) arrive();
    }
  }

  /** The next of what was held back arrives, alone. */
  resumeOne(way: Way): void {
    this.#held[way]?.shift()?.();
  }

  /** The next command is overtaken by all others: its script was not known and must be sent again. */
  delayOne(): void {
    const next = this.#held.commands?.shift();
    if (next !== undefined) this.#held.commands?.push(next);
  }

  hear(tell: (listener: Listener) => void): void {
    if (this.#deaf) return;
    this.#arrive('messages', () => {
      if (this.#listener !== undefined) tell(this.#listener);
    });
  }

  /** The channel broke and messages may have been lost. */
  breakChannel(): void {
    this.#deaf = true;
    if (this.#held.messages !== undefined) this.#held.messages = [];
    this.#listener?.onGap('test');
  }

  openChannel(): void {
    if (this.#away || !this.#deaf) return;
    this.#deaf = false;
    this.#listener?.onOpen();
  }

  /** Both connections break. */
  leave(): void {
    this.#away = true;
    this.breakChannel();
  }

  return(): void {
    this.#away = false;
    this.openChannel();
  }

  // the store

  available = (): boolean => !this.#away;
  reachable = (): boolean => !this.#away;
  timedOut = (): void => undefined;
  epoch = (): string => '0123456789abcdef';
  serverTime = (): number => this.server.time();

  read = (key: string, tags: readonly string[]) =>
    this.#ask('read', () => ({ bytes: this.server.values.get(key) ?? null, nonces: this.#nonces(tags) }));

  peekNonces = (tags: readonly string[]) => this.#ask('peekNonces', () => this.#nonces(tags));

  nonces = (tags: readonly string[]) =>
    this.#ask('nonces', () => {
      for (const tag of tags) if (!this.server.nonces.has(tag)) this.server.renew(tag);
      return this.#nonces(tags) as string[];
    });

  lease = (key: string, { token, badId }: { token: string; badId: string }): Promise<Reply> =>
    this.#ask('lease', () => {
      const bytes = this.server.values.get(key);
      if (bytes !== undefined && bytes.toString('latin1', 0, 16) !== badId) return { kind: 'value', bytes };
      if (this.server.leases.has(key)) return { kind: 'held', remainingMs: 1_000 };
      this.server.leases.set(key, token);
      return { kind: 'granted' };
    });

  renew = (key: string, token: string) => this.#ask('renew', () => this.server.leases.get(key) === token);

  release = (key: string, token: string) =>
    this.#ask('release', () => {
      if (this.server.leases.get(key) === token) this.server.leases.delete(key);
    });

  fill = (key: string, token: string, { bytes, tags }: Filled) =>
    this.#ask('fill', () => {
      const { leases, nonces, values } = this.server;
      if (leases.get(key) !== token) return false;
      leases.delete(key);
      const valid = tags.every(({ tag, nonce }) => nonces.get(tag) === nonce);
      if (valid) values.set(key, bytes);
      return valid;
    });

  evict = (keys: readonly string[]) =>
    this.#ask('evict', () => {
      const { values, leases, nonces } = this.server;
      for (const key of keys) for (const map of [values, leases, nonces]) map.delete(key);
      this.server.publish((listener) => listener.onKeys(keys));
    });

  begin = (key: string) => this.evict([key]);
  commit = (key: string) => this.evict([key]).then(() => false);

  invalidateTags = (tags: readonly string[]) =>
    this.#ask('invalidateTags', () => {
      for (const tag of tags) this.server.renew(tag);
      this.server.publish((listener) => listener.onTags(tags));
    });

  // the channel

  open = (listener: Listener): void => {
    this.#listener = listener;
    listener.onOpen();
  };

  beat = (beat: number) => this.#ask('beat', () => this.hear((listener) => listener.onBeat(beat)));

  close = (): Promise<void> => Promise.resolve();

  async #ask<T>(command: string, execute: () => T): Promise<T> {
    if (this.#away) throw new Error('away');
    this.sent[command] = (this.sent[command] ?? 0) + 1;
    await this.delay();
    await new Promise<void>((resolve) => this.#arrive('commands', resolve));
    const reply = execute();
    return new Promise<T>((resolve) => this.#arrive('answers', () => resolve(reply)));
  }

  #arrive(way: Way, arrive: () => void): void {
    const held = this.#held[way];
    if (held === undefined) arrive();
    else held.push(arrive);
  }

  #nonces(tags: readonly string[]): (string | null)[] {
    return tags.map((tag) => this.server.nonces.get(tag) ?? null);
  }
}
