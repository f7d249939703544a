import { randomBytes } from 'node:crypto';
import { expiryBytes } from '../codec/envelope-expiry.js';
import type { Clock } from '../contracts/clock.js';
import type {
  Confirmation,
  Expiry,
  FilledEntry,
  LateNonce,
  LeaseReply,
  ReadReply,
  Store,
  TagClocks,
} from '../contracts/store.js';
import type { ScriptRun } from './connection.js';
import type { KeyNames } from './key-names.js';
import type { ServerLink } from './server-link.js';
import type { Servers } from './servers.js';
import { MOVING, OneServer } from './servers.js';
import type { SingleSteps } from './single-steps.js';
import type { ReadTogether } from './store-reads.js';
import { readByMget, StoreReads } from './store-reads.js';
import { TagNonces } from './tag-nonces.js';
import { tokenBytes } from './tokens.js';

/** How long an invalidation waits for a replica. */
const REPLICATION_MS = 1_000;

/** What a store works with. */
export interface StoreParts {
  readonly servers: Servers;
  readonly names: KeyNames;
  readonly clock: Clock;
  readonly readTimeoutMs: number;
  readonly maxEntryBytes: number;
  readonly together: ReadTogether;
  /** What is done where keys are on their way to another server; one server has no need of it. */
  readonly steps?: SingleSteps;
}

/** The Store on Redis, one server or a Cluster: names keys, runs each script on the server of its key, reads replies. */
export class RedisStore implements Store {
  readonly #servers: Servers;
  readonly #names: KeyNames;
  readonly #reads: StoreReads;
  readonly #tags: TagNonces;

  constructor(private readonly parts: StoreParts) {
    this.#servers = parts.servers;
    this.#names = parts.names;
    this.#reads = new StoreReads(parts);
    this.#tags = new TagNonces(parts.servers, parts.names, parts.steps);
  }

  /** The store on one server. */
  static on(link: ServerLink, parts: Omit<StoreParts, 'servers' | 'together' | 'steps'>): RedisStore {
    return new RedisStore({ ...parts, servers: new OneServer(link), together: readByMget });
  }

  available(name: string): boolean {
    return this.#servers.isSettled(name) && (this.#servers.linkOf(name)?.available() ?? false);
  }

  reachable(name: string): boolean {
    return this.#servers.isSettled(name) && (this.#servers.linkOf(name)?.reachable() ?? false);
  }

  timedOut(name: string): void {
    this.#servers.linkOf(name)?.breaker.failed();
  }

  distrust(name: string): void {
    const link = this.#servers.linkOf(name);
    if (link?.ready) link.reconnect();
  }

  epoch(name: string): string {
    return this.#servers.linkOf(name)?.epoch ?? '';
  }

  serverTime(name: string, monotonic = this.parts.clock.now()): number {
    const { clock } = this.parts;
    return this.#servers.linkOf(name)?.serverTime(monotonic) ?? clock.wall() - clock.now() + monotonic;
  }

  read(key: string, tags: readonly string[]): Promise<ReadReply> {
    return this.#reads.read(key, tags);
  }

  async peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]> {
    return tags.length === 0 ? [] : this.#reads.peek(tags);
  }

  async nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]> {
    return tags.length === 0 ? [] : this.#tags.nonces(tags, ttlMs);
  }

  tagClocks(): Promise<TagClocks> {
    return this.#tags.clocks();
  }

  async lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number): Promise<readonly LateNonce[]> {
    return tags.length === 0 ? [] : this.#tags.late(tags, noted, ttlMs);
  }

  async lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply> {
    const keys = [this.#names.value(key), this.#names.lease(key), this.#names.writers(key)];
    const { maxEntryBytes } = this.parts;
    const args = [tokenBytes(lease.token), lease.ms, tokenBytes(lease.badId), maxEntryBytes];
    const reply = await this.#servers.run(key, { script: 'lease', keys, args }, 'bytes');
    if (reply === MOVING) return { kind: 'writing' };
    const [kind, detail] = reply as [number, (Buffer | number)?];
    switch (kind) {
      case 1:
        return { kind: 'value', bytes: detail as Buffer };
      case 2:
        return { kind: 'granted' };
      case 3:
        return { kind: 'held', remainingMs: detail as number };
      default:
        return { kind: 'writing' };
    }
  }

  async renew(key: string, token: string, ms: number): Promise<boolean> {
    const keys = [this.#names.lease(key)];
    const args = [tokenBytes(token), ms];
    return (await this.#servers.run(key, { script: 'renew', keys, args }, 'bytes')) === 1;
  }

  async release(key: string, token: string): Promise<void> {
    const keys = [this.#names.lease(key)];
    await this.#servers.run(key, { script: 'release', keys, args: [tokenBytes(token)] }, 'bytes');
  }

  async fill(key: string, token: string, entry: FilledEntry): Promise<boolean> {
    if (this.#names.tagsLieBesideEntries) return this.#fill(key, token, entry);
    // an entry that is stored though its tags were invalidated is harmless: nobody accepts its nonces
    const [stored, nonces] = await Promise.all([
      this.#fill(key, token, { ...entry, tags: [] }),
      this.peekNonces(entry.tags.map(({ tag }) => tag)),
    ]);
    return stored && entry.tags.every(({ nonce }, i) => nonce === nonces[i]);
  }

  async touch(key: string, id: string, expiry: Expiry): Promise<boolean> {
    const times = expiryBytes(expiry.softExpiry, expiry.hardExpiry);
    // a life of nothing would delete the key, and the script then write into a new one that lives for ever
    const args = [tokenBytes(id), times, Math.max(1, Math.ceil(expiry.ttlMs))];
    const run: ScriptRun = { script: 'touch', keys: [this.#names.value(key)], args };
    return (await this.#servers.run(key, run, 'bytes')) === 1;
  }

  async evict(keys: readonly string[], confirm?: Confirmation): Promise<boolean> {
    const runs = keys.map((name) => ({ name, run: this.#write('evict', name, []) }));
    const sure = confirm === undefined ? [] : await this.#servers.replicated(runs, REPLICATION_MS);
    const outcomes = runs.map(async ({ name, run }, i) => {
      const known = sure[i];
      if (known !== undefined) return known;
      if ((await this.#servers.run(name, run)) === MOVING) await this.parts.steps?.evict(name);
      return confirm === undefined;
    });
    return (await Promise.all(outcomes)).every(Boolean);
  }

  async expire(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#expire(key)));
  }

  async begin(key: string, token: string, maxWriteMs: number): Promise<void> {
    const run = this.#write('begin', key, [tokenBytes(token), maxWriteMs]);
    const reply = await this.#servers.run(key, run, 'bytes');
    if (reply === MOVING) await this.parts.steps?.begin(key, token, maxWriteMs);
  }

  async commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean> {
    const value = entry === null ? ['1', ''] : [String(Math.ceil(entry.ttlMs)), entry.bytes];
    const run = this.#write('commit', key, [tokenBytes(token), ...value]);
    const reply = await this.#servers.run(key, run, 'bytes');
    if (reply === MOVING) await this.parts.steps?.commit(key, token);
    return reply === 1;
  }

  async invalidateTags(tags: readonly string[], ttlMs: number, confirm?: Confirmation): Promise<boolean> {
    const replicas = confirm === undefined ? undefined : REPLICATION_MS;
    return this.#tags.invalidate(tags, ttlMs, replicas);
  }

  async #fill(key: string, token: string, entry: FilledEntry): Promise<boolean> {
    const keys = [this.#names.value(key), this.#names.lease(key)];
    const args: (string | number | Buffer)[] = [tokenBytes(token), entry.bytes, Math.ceil(entry.ttlMs)];
    for (const { tag, nonce } of entry.tags) {
      keys.push(this.#names.tag(tag));
      args.push(nonce);
    }
    return (await this.#servers.run(key, { script: 'fill', keys, args }, 'bytes')) === 1;
  }

  async #expire(key: string): Promise<void> {
    const told = this.#names.announcement('stale', [key]);
    // without the nonce of the key's own tag: what was made from a stale entry is not condemned
    const [writers = '', , ...pairs] = this.#names.writeKeys(key);
    const keys = [writers, ...pairs, ...told.keys];
    const run: ScriptRun = { script: 'expire', keys, args: [...told.args, randomBytes(16)] };
    if ((await this.#servers.run(key, run, 'bytes')) === MOVING) await this.parts.steps?.evict(key);
  }

  #write(script: 'evict' | 'begin' | 'commit', key: string, args: ScriptRun['args']): ScriptRun {
    const told = this.#names.announcement('keys', [key]);
    return { script, keys: [...this.#names.writeKeys(key), ...told.keys], args: [...told.args, ...args] };
  }
}
