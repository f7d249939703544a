import type { Clock, FakeServer, Listener } from './fleet-data.js';

export { FakeServer } from './fleet-data.js';

const NODE = 'fake';

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

/** The connections of one process: store and channel. */
export class FakeClient {
  /** The server cannot be reached, and this side knows it. */
  #away = false;
  /** The channel is broken: messages are lost, commands are answered. */
  #deaf = false;
  /** Waited before each command; for a slow network. */
  delay: () => Promise<void> = () => Promise.resolve();
  readonly sent: Record<string, number> = {};
  readonly distrusted: string[] = [];
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
    this.#listener?.onGap('test', NODE);
  }

  openChannel(): void {
    if (this.#away || !this.#deaf) return;
    this.#deaf = false;
    this.#listener?.onOpen(NODE);
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
  distrust = (name: string): void => void this.distrusted.push(name);
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

  tagClocks = () => this.#ask('tagClocks', () => [this.server.tagClock]);

  lateNonces = (tags: readonly string[], [noted]: readonly (Clock | null)[]) =>
    this.#ask('lateNonces', () => {
      for (const tag of tags) if (!this.server.nonces.has(tag)) this.server.renew(tag);
      return tags.map((tag) => ({
        nonce: this.server.nonces.get(tag) ?? '',
        timely: noted != null && this.server.timely(tag, noted),
      }));
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

  touch = (key: string, id: string) =>
    this.#ask('touch', () => this.server.values.get(key)?.toString('latin1', 0, 16) === id);

  evict = (keys: readonly string[]) => this.#remove('evict', keys);

  expire = (keys: readonly string[]) =>
    this.#ask('expire', () => {
      const { values, leases } = this.server;
      for (const key of keys) for (const map of [values, leases]) map.delete(key);
      this.server.publish((listener) => listener.onStale(keys));
    });

  begin = (key: string) => this.#remove('begin', [key]).then(() => undefined);
  commit = (key: string) => this.#remove('commit', [key]).then(() => false);

  invalidateTags = (tags: readonly string[]) =>
    this.#ask('invalidateTags', () => {
      for (const tag of tags) this.server.invalidate(tag);
      this.server.publish((listener) => listener.onTags(tags));
      return true;
    });

  // the channel

  nodes = (): readonly string[] => [NODE];
  nodeOf = (): string => NODE;

  open = (listener: Listener): void => {
    this.#listener = listener;
    listener.onOpen(NODE);
  };

  beat = (beat: number) => this.#ask('beat', () => this.hear((listener) => listener.onBeat(beat, NODE)));

  close = (): Promise<void> => Promise.resolve();

  #remove(command: string, keys: readonly string[]): Promise<boolean> {
    return this.#ask(command, () => {
      const { values, leases, nonces } = this.server;
      for (const key of keys) for (const map of [values, leases, nonces]) map.delete(key);
      this.server.publish((listener) => listener.onKeys(keys));
      return true;
    });
  }

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
