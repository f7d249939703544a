import { isCacheError } from '../contracts/errors.js';
import type { Reporter } from '../contracts/events.js';
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

/** What it means that a command was refused. */
const NOT_READ = 'values are loaded anew';
const NOT_KEPT = 'values are not kept there';
const NOT_PROLONGED = 'entries are not prolonged';
const NOT_REMOVED = 'what was to be removed there may answer until it expires';

/** A refusal, in the store's own words; what was not answered at all the connection tells of. */
const REFUSAL = /^Redis answered [\w -]{1,50}$/;

/**
 * A store that says, once per region, what Redis refused and for which region it did not answer in time: what a connection
 * tells of its failures says nothing about whom they hit. It names regions only, never keys or tags.
 */
export class WatchedStore implements Store {
  #watchesRead = false;

  constructor(
    private readonly store: Store,
    private readonly reporter: Reporter,
  ) {}

  available(name: string): boolean {
    return this.store.available(name);
  }

  reachable(name: string): boolean {
    return this.store.reachable(name);
  }

  timedOut(name: string): void {
    this.store.timedOut(name);
    this.#sayTimeout(name);
  }

  distrust(name: string): void {
    this.store.distrust(name);
  }

  epoch(name: string): string {
    return this.store.epoch(name);
  }

  serverTime(name: string, monotonic?: number): number {
    return this.store.serverTime(name, monotonic);
  }

  /** Reads are too many to be watched each: one at a time is, and those that are under way together share their fate. */
  read(key: string, tags: readonly string[]): Promise<ReadReply> {
    const reply = this.store.read(key, tags);
    if (this.#watchesRead) return reply;
    this.#watchesRead = true;
    reply.then(
      () => (this.#watchesRead = false),
      (error: unknown) => {
        this.#watchesRead = false;
        if (isCacheError(error) && error.code === 'REDIS_TIMEOUT') this.#sayTimeout(key);
        else this.#sayRefusal([key], NOT_READ, error);
      },
    );
    return reply;
  }

  peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]> {
    return this.store.peekNonces(tags);
  }

  nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]> {
    return this.#watched(tags, NOT_KEPT, this.store.nonces(tags, ttlMs));
  }

  tagClocks(): Promise<TagClocks> {
    return this.store.tagClocks();
  }

  lateNonces(tags: readonly string[], noted: TagClocks, ttlMs: number): Promise<readonly LateNonce[]> {
    return this.#watched(tags, NOT_KEPT, this.store.lateNonces(tags, noted, ttlMs));
  }

  lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply> {
    return this.#watched([key], NOT_KEPT, this.store.lease(key, lease));
  }

  renew(key: string, token: string, ms: number): Promise<boolean> {
    return this.store.renew(key, token, ms);
  }

  release(key: string, token: string): Promise<void> {
    return this.store.release(key, token);
  }

  fill(key: string, token: string, entry: FilledEntry): Promise<boolean> {
    return this.#watched([key], NOT_KEPT, this.store.fill(key, token, entry));
  }

  touch(key: string, id: string, expiry: Expiry): Promise<boolean> {
    return this.#watched([key], NOT_PROLONGED, this.store.touch(key, id, expiry));
  }

  evict(keys: readonly string[], confirm?: Confirmation): Promise<boolean> {
    return this.#watched(keys, NOT_REMOVED, this.store.evict(keys, confirm));
  }

  expire(keys: readonly string[]): Promise<void> {
    return this.#watched(keys, NOT_REMOVED, this.store.expire(keys));
  }

  begin(key: string, token: string, maxWriteMs: number): Promise<void> {
    return this.#watched([key], NOT_REMOVED, this.store.begin(key, token, maxWriteMs));
  }

  commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean> {
    return this.#watched([key], NOT_REMOVED, this.store.commit(key, token, entry));
  }

  invalidateTags(tags: readonly string[], ttlMs: number, confirm?: Confirmation): Promise<boolean> {
    return this.#watched(tags, NOT_REMOVED, this.store.invalidateTags(tags, ttlMs, confirm));
  }

  /** The same promise: what watches it takes no part in the call. */
  #watched<T>(names: readonly string[], consequence: string, reply: Promise<T>): Promise<T> {
    reply.catch((error: unknown) => this.#sayRefusal(names, consequence, error));
    return reply;
  }

  #sayRefusal(names: readonly string[], consequence: string, error: unknown): void {
    if (!isCacheError(error) || !REFUSAL.test(error.message)) return;
    const { message } = error;
    for (const name of ownersOf(names)) {
      const kind = `redis-refused:${name}:${message}:${consequence}`;
      this.reporter.once(kind, `${message} to a command for ${called(name)}: ${consequence}`);
    }
  }

  #sayTimeout(name: string): void {
    const owner = ownerOf(name);
    const message = `Redis did not answer in time for ${called(owner)}; calls go on without it`;
    this.reporter.once(`redis-timeout:${owner}`, message);
  }
}

const TAGS = '#';

/** The region of a key or of a region's own tag; a tag of the user's may belong to any. */
function ownerOf(name: string): string {
  if (name.startsWith('#')) return TAGS;
  return name.startsWith('@') ? name.slice(1) : name.slice(0, Math.max(name.search(/[!:]/), 0));
}

/** The regions that were hit; tags are named only where there is no region beside them. */
function ownersOf(names: readonly string[]): readonly string[] {
  const owners = [...new Set(names.map(ownerOf))];
  const regions = owners.filter((owner) => owner !== TAGS);
  return regions.length > 0 ? regions : owners;
}

function called(owner: string): string {
  return owner === TAGS ? 'tags' : `the region '${owner}'`;
}
