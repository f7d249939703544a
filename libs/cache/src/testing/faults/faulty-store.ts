import type { Clock } from '../../contracts/clock.js';
import { systemClock } from '../../contracts/clock.js';
import { CacheError, isCacheError } from '../../contracts/errors.js';
import type {
  Confirmation,
  Expiry,
  FilledEntry,
  ReadReply,
  Store,
  TagClocks,
} from '../../contracts/store.js';
import { withDeadline } from '../../resilience/deadline.js';
import { Faults } from './faults.js';

/** The commands of a store that can go wrong. */
export const STORE_COMMANDS = [
  'read',
  'peekNonces',
  'nonces',
  'tagClocks',
  'lateNonces',
  'lease',
  'renew',
  'release',
  'fill',
  'touch',
  'evict',
  'expire',
  'begin',
  'commit',
  'invalidateTags',
] as const satisfies readonly (keyof Store)[];

/** One of them. */
export type StoreCommand = (typeof STORE_COMMANDS)[number];

/**
 * A store around another whose commands fail, hang, come late or are executed without an answer when the test says so: what
 * a network and a dying server do.
 *
 * @example
 * ```ts
 * const store = new FaultyStore(new MemoryStore(clock), clock);
 * store.faults.loseReply('evict'); // executed, but the application must not believe it
 * ```
 */
export class FaultyStore implements Store {
  readonly faults: Faults<StoreCommand>;
  /** `true`: it says of itself that no command has a chance. */
  unavailable = false;
  /** How long a read is waited for, in milliseconds; a store must give up by itself. Default: for ever. */
  readTimeoutMs: number | undefined;
  /** Keys and tags on whose behalf a caller gave up waiting. */
  readonly timeouts: string[] = [];
  /** Keys and tags whose server may have missed something that nobody remembers. */
  readonly distrusted: string[] = [];

  constructor(
    private readonly inner: Store,
    private readonly clock: Clock = systemClock,
  ) {
    const failure = () => new CacheError('REDIS_UNAVAILABLE', 'the test has it fail');
    this.faults = new Faults(clock, STORE_COMMANDS, failure);
  }

  available(name: string): boolean {
    return !this.unavailable && this.inner.available(name);
  }

  reachable(name: string): boolean {
    return !this.unavailable && this.inner.reachable(name);
  }

  timedOut(name: string): void {
    this.timeouts.push(name);
    this.inner.timedOut(name);
  }

  distrust(name: string): void {
    this.distrusted.push(name);
    this.inner.distrust(name);
  }

  epoch = (name: string): string => this.inner.epoch(name);
  serverTime = (name: string, monotonic?: number): number => this.inner.serverTime(name, monotonic);

  async read(key: string, tags: readonly string[]): Promise<ReadReply> {
    const reply = this.faults.run('read', () => this.inner.read(key, tags));
    if (this.readTimeoutMs === undefined) return reply;
    try {
      return await withDeadline(this.clock, this.readTimeoutMs, reply);
    } catch (error) {
      if (isCacheError(error) && error.code === 'REDIS_TIMEOUT') this.timeouts.push(key);
      throw error;
    }
  }

  peekNonces = (tags: readonly string[]) => this.faults.run('peekNonces', () => this.inner.peekNonces(tags));

  nonces = (tags: readonly string[], ttlMs: number) =>
    this.faults.run('nonces', () => this.inner.nonces(tags, ttlMs));

  tagClocks = () => this.faults.run('tagClocks', () => this.inner.tagClocks());

  lateNonces = (tags: readonly string[], noted: TagClocks, ttlMs: number) =>
    this.faults.run('lateNonces', () => this.inner.lateNonces(tags, noted, ttlMs));

  lease = (key: string, lease: { token: string; ms: number; badId: string }) =>
    this.faults.run('lease', () => this.inner.lease(key, lease));

  renew = (key: string, token: string, ms: number) =>
    this.faults.run('renew', () => this.inner.renew(key, token, ms));

  release = (key: string, token: string) => this.faults.run('release', () => this.inner.release(key, token));

  fill = (key: string, token: string, entry: FilledEntry) =>
    this.faults.run('fill', () => this.inner.fill(key, token, entry));

  touch = (key: string, id: string, expiry: Expiry) =>
    this.faults.run('touch', () => this.inner.touch(key, id, expiry));

  evict = (keys: readonly string[], confirm?: Confirmation) =>
    this.faults.run('evict', () => this.inner.evict(keys, confirm));

  expire = (keys: readonly string[]) => this.faults.run('expire', () => this.inner.expire(keys));

  begin = (key: string, token: string, maxWriteMs: number) =>
    this.faults.run('begin', () => this.inner.begin(key, token, maxWriteMs));

  commit = (key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null) =>
    this.faults.run('commit', () => this.inner.commit(key, token, entry));

  invalidateTags = (tags: readonly string[], ttlMs: number, confirm?: Confirmation) =>
    this.faults.run('invalidateTags', () => this.inner.invalidateTags(tags, ttlMs, confirm));
}
