import { randomBytes } from 'node:crypto';
import { AT_EXPIRY, FORMAT, envelopeId } from '../../codec/envelope.js';
import { EXPIRY_BYTES, expiryBytes, isExpiryIntact, readExpiry } from '../../codec/envelope-expiry.js';
import type { ChannelListener } from '../../contracts/channel.js';
import type { Clock } from '../../contracts/clock.js';
import { systemClock } from '../../contracts/clock.js';
import type { Companion, CompanionKind } from '../../contracts/maintenance.js';
import type { Expiry, FilledEntry, LateNonce, LeaseReply, ReadReply } from '../../contracts/store.js';
import type { Store, TagClocks } from '../../contracts/store.js';
import { LocalDerivedStore } from '../../tiers/local-derived-store.js';
import { ExpiringMap } from './expiring-map.js';
import { RunningWrites } from './running-writes.js';
import { TagNonces } from './tag-nonces.js';

/** What the one server of a MemoryStore is called on its channels. */
export const MEMORY_NODE = 'memory';

const ID_BYTES = 16;
const AT_FORMAT = 16;

/**
 * A store in the memory of the process that keeps every promise of the port, on any clock: what Redis is to an application
 * without a server to start. Applications that are given the same one share their entries, as several instances do.
 *
 * @example
 * ```ts
 * const clock = new FakeClock();
 * const store = new MemoryStore(clock);
 * const channels = [new MemoryChannel(store), new MemoryChannel(store)]; // one for each application
 * ```
 */
export class MemoryStore implements Store {
  /** Counters and rankings, shared like the entries. */
  readonly derived: LocalDerivedStore;
  #epoch = newEpoch();
  readonly #entries: ExpiringMap<Buffer>;
  readonly #leases: ExpiringMap<string>;
  readonly #writes: RunningWrites;
  readonly #tags: TagNonces;
  readonly #listeners = new Set<ChannelListener>();
  readonly #wallOffset: number;

  constructor(readonly clock: Clock = systemClock) {
    this.#entries = new ExpiringMap(clock);
    this.#leases = new ExpiringMap(clock);
    this.#writes = new RunningWrites(clock);
    this.#tags = new TagNonces(clock);
    this.#wallOffset = clock.wall() - clock.now();
    this.derived = new LocalDerivedStore(clock);
  }

  /** From now on a listener hears of every invalidation. Returns how to end that. */
  listen(listener: ChannelListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The entry of a key goes without anybody being told, as when a full server makes room. */
  lose(key: string): void {
    this.#entries.delete(key);
  }

  /** All that is kept on behalf of keys, whatever their region. */
  companions(): Companion[] {
    const of = (kind: CompanionKind, keys: readonly string[]) => keys.map((key) => ({ kind, key }));
    return [
      ...of('value', this.#entries.keys()),
      ...of('lease', this.#leases.keys()),
      ...of('writers', this.#writes.keys()),
      ...of('nonce', this.#tags.keys()),
    ];
  }

  /** Tells everybody that a tag is not what it was, though it is. */
  doubt(tag: string): void {
    this.#tell((listener) => listener.onTags([tag]));
  }

  /** Another epoch begins, as when a server comes back with other data: every entry is a miss from now on. */
  restart(): void {
    this.#epoch = newEpoch();
    this.derived.restart();
    this.#tell((listener) => listener.onGap('another epoch', MEMORY_NODE));
    this.#tell((listener) => listener.onOpen(MEMORY_NODE));
  }

  available(_name: string): boolean {
    return true;
  }

  reachable(_name: string): boolean {
    return true;
  }

  /** Nothing: it answers at once. */
  timedOut(_name: string): void {}

  /** Nothing: it misses no command. */
  distrust(_name: string): void {}

  epoch(_name: string): string {
    return this.#epoch;
  }

  serverTime(_name: string, monotonic = this.clock.now()): number {
    return monotonic + this.#wallOffset;
  }

  async read(key: string, tags: readonly string[]): Promise<ReadReply> {
    const bytes = this.#entries.get(key);
    return { bytes: bytes === undefined ? null : Buffer.from(bytes), nonces: this.#peek(tags) };
  }

  async peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]> {
    return this.#peek(tags);
  }

  async nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]> {
    return tags.map((tag) => this.#tags.ensure(tag, ttlMs));
  }

  async tagClocks(): Promise<TagClocks> {
    return this.#tags.clocks;
  }

  async lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number): Promise<readonly LateNonce[]> {
    return tags.map((tag) => this.#tags.late(tag, noted, ttlMs));
  }

  async lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply> {
    const bytes = this.#entries.get(key);
    if (bytes !== undefined && isAnswer(bytes, lease.badId)) {
      return { kind: 'value', bytes: Buffer.from(bytes) };
    }
    if (this.#writes.at(key)) return { kind: 'writing' };
    const remainingMs = this.#leases.left(key);
    if (remainingMs > 0) return { kind: 'held', remainingMs };
    this.#leases.set(key, lease.token, lease.ms);
    return { kind: 'granted' };
  }

  async renew(key: string, token: string, ms: number): Promise<boolean> {
    if (this.#leases.get(key) !== token) return false;
    this.#leases.relive(key, ms);
    return true;
  }

  async release(key: string, token: string): Promise<void> {
    if (this.#leases.get(key) === token) this.#leases.delete(key);
  }

  async fill(key: string, token: string, { bytes, ttlMs, tags }: FilledEntry): Promise<boolean> {
    if (this.#leases.get(key) !== token) return false;
    this.#leases.delete(key);
    if (tags.some(({ tag, nonce }) => this.#tags.peek(tag) !== nonce)) return false;
    this.#entries.set(key, Buffer.from(bytes), ttlMs);
    return true;
  }

  async touch(key: string, id: string, { softExpiry, hardExpiry, ttlMs }: Expiry): Promise<boolean> {
    const bytes = this.#entries.get(key);
    if (bytes === undefined || !hasExpiry(bytes) || envelopeId(bytes) !== id) return false;
    expiryBytes(softExpiry, hardExpiry).copy(bytes, AT_EXPIRY);
    this.#entries.relive(key, Math.max(1, ttlMs));
    return true;
  }

  async evict(keys: readonly string[]): Promise<boolean> {
    for (const key of keys) {
      this.#remove(key);
      this.#writes.spoil(key);
    }
    this.#tell((listener) => listener.onKeys(keys));
    return true;
  }

  async expire(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#leases.delete(key);
      this.#writes.spoil(key);
      this.#makeStale(key);
    }
    this.#tell((listener) => listener.onStale(keys));
  }

  async begin(key: string, token: string, maxWriteMs: number): Promise<void> {
    this.#remove(key);
    this.#writes.begin(key, token, maxWriteMs);
    this.#tell((listener) => listener.onKeys([key]));
  }

  async commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean> {
    this.#remove(key);
    const alone = this.#writes.end(key, token);
    const stored = alone && entry !== null;
    if (stored) this.#entries.set(key, Buffer.from(entry.bytes), entry.ttlMs);
    this.#tell((listener) => listener.onKeys([key]));
    return stored;
  }

  async invalidateTags(tags: readonly string[], ttlMs: number): Promise<boolean> {
    this.#tags.invalidate(tags, ttlMs);
    this.#tell((listener) => listener.onTags(tags));
    return true;
  }

  #peek(tags: readonly string[]): (string | null)[] {
    return tags.map((tag) => this.#tags.peek(tag));
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#leases.delete(key);
    this.#tags.drop(key);
  }

  /** Under another id, so that a touch on its way does not make it fresh again; what has no expiry goes. */
  #makeStale(key: string): void {
    const bytes = this.#entries.get(key);
    if (bytes === undefined) return;
    if (!hasExpiry(bytes) || bytes[AT_FORMAT] !== FORMAT || !isExpiryIntact(bytes, AT_EXPIRY)) {
      this.#entries.delete(key);
      return;
    }
    randomBytes(ID_BYTES).copy(bytes);
    expiryBytes(0, readExpiry(bytes, AT_EXPIRY).hardExpiry).copy(bytes, AT_EXPIRY);
  }

  #tell(news: (listener: ChannelListener) => void): void {
    for (const listener of [...this.#listeners]) news(listener);
  }
}

/** Bytes that are too few to have an id are no entry; those that were found invalid may be replaced. */
function isAnswer(bytes: Buffer, badId: string): boolean {
  const id = envelopeId(bytes);
  return id !== '' && id !== badId;
}

function hasExpiry(bytes: Buffer): boolean {
  return bytes.length >= AT_EXPIRY + EXPIRY_BYTES;
}

function newEpoch(): string {
  return randomBytes(8).toString('hex');
}
