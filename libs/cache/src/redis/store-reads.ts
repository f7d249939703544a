import type { Clock } from '../contracts/clock.js';
import { CacheError, isCacheError } from '../contracts/errors.js';
import type { ReadReply } from '../contracts/store.js';
import { withDeadline } from '../resilience/deadline.js';
import type { KeyNames } from './key-names.js';
import { ReadBatch, nonceIn } from './read-batch.js';
import type { ServerLink } from './server-link.js';
import type { Servers } from './servers.js';
import { placesByServer } from './servers.js';

/** Where the id of an entry ends. */
const ID_BYTES = 16;
/** How long it can be seen that there was something too long. */
const UNSEEN_MS = 60_000;

/** How the values of many keys are read from one server at once; what is no text, or not there, is `null`. */
export type ReadTogether = (link: ServerLink, keys: string[]) => Promise<(Buffer | null)[]>;

/** All keys of one server, whatever their slots, in one command. */
export const readByMget: ReadTogether = (link, keys) => link.send(() => link.redis.mgetBuffer(keys));

/** What reads work with. */
export interface ReadParts {
  readonly servers: Servers;
  readonly names: KeyNames;
  readonly clock: Clock;
  readonly readTimeoutMs: number;
  /** What is longer is no entry: it is deleted, and nothing but its beginning is given to anybody. */
  readonly maxEntryBytes: number;
  readonly together: ReadTogether;
}

/** Reads entries and nonces: what starts in one tick goes to each server together. */
export class StoreReads {
  readonly #batches = new WeakMap<ServerLink, ReadBatch>();

  constructor(private readonly parts: ReadParts) {}

  read(key: string, tags: readonly string[]): Promise<ReadReply> {
    const { servers, names } = this.parts;
    const link = servers.linkOf(key);
    if (link === undefined) return Promise.reject(unknownServer());
    const value = names.value(key);
    if (tags.length === 0) return this.#batch(link).read([value]);
    if (names.tagsLieBesideEntries) {
      return this.#batch(link).read([value, ...tags.map((tag) => names.tag(tag))]);
    }
    return this.#spread(link, value, tags);
  }

  /** Nonces of tags without creating missing ones. */
  async peek(tags: readonly string[]): Promise<readonly (string | null)[]> {
    const { names, together } = this.parts;
    const places = placesByServer(tags, (tag) => this.#greeted(tag));
    const nonces = new Array<string | null>(tags.length).fill(null);
    const readings = [...places].map(async ([link, at]) => {
      const { epoch } = link;
      const values = await together(
        link,
        at.map((i) => names.tag(tags[i] ?? '')),
      );
      assertSame(link, epoch);
      at.forEach((i, n) => (nonces[i] = visibleNonce(names, link, nonceIn(values[n] ?? null))));
    });
    await Promise.all(readings);
    return nonces;
  }

  /** A value and nonces that live on several servers. */
  async #spread(link: ServerLink, value: string, tags: readonly string[]): Promise<ReadReply> {
    const [{ bytes }, ...nonces] = await Promise.all([
      this.#batch(link).read([value]),
      ...tags.map((tag) => this.#nonce(tag)),
    ]);
    return { bytes, nonces };
  }

  async #nonce(tag: string): Promise<string | null> {
    const { names } = this.parts;
    const link = this.#greeted(tag);
    const { epoch } = link;
    const { bytes } = await this.#batch(link).read([names.tag(tag)]);
    assertSame(link, epoch);
    return visibleNonce(names, link, nonceIn(bytes));
  }

  /** The server of a tag. One that is not greeted may lack what this process has invalidated, and have an older nonce. */
  #greeted(tag: string): ServerLink {
    const { servers } = this.parts;
    const link = servers.linkOf(tag);
    if (link === undefined || !link.ready || !servers.isSettled(tag)) throw unknownServer();
    return link;
  }

  #batch(link: ServerLink): ReadBatch {
    const known = this.#batches.get(link);
    if (known !== undefined) return known;
    const batch = new ReadBatch(
      (keys) => this.#together(link, keys),
      this.parts.maxEntryBytes,
      (key, bytes) => {
        this.#refuse(link, key, 0);
        // copied, so that nobody holds the rest
        return Buffer.from(bytes.subarray(0, ID_BYTES));
      },
    );
    this.#batches.set(link, batch);
    return batch;
  }

  #together(link: ServerLink, keys: string[]): Promise<(Buffer | null)[]> {
    const { clock, readTimeoutMs, together } = this.parts;
    const reply = together(link, keys);
    return withDeadline(clock, readTimeoutMs, reply).catch((error: unknown) => {
      if (isCacheError(error) && error.code === 'REDIS_TIMEOUT') {
        link.breaker.failed();
        this.#awaitLate(link, keys, reply);
      }
      throw error;
    });
  }

  /** A reply may be late because of what is too long in it, and each reply to come would be. */
  #awaitLate(link: ServerLink, keys: readonly string[], reply: Promise<(Buffer | null)[]>): void {
    const look = (bytes: Buffer | null, i: number) => {
      if (bytes !== null && bytes.length > this.parts.maxEntryBytes)
        this.#refuse(link, keys[i] ?? '', UNSEEN_MS);
    };
    reply.then(
      (values) => values.forEach(look),
      () => undefined,
    );
  }

  #refuse(link: ServerLink, key: string, unseenMs: number): void {
    const args = [this.parts.maxEntryBytes, unseenMs];
    link.script({ script: 'refuse', keys: [key], args }).catch(() => undefined);
  }
}

/**
 * A nonce as it leaves the store. Where it may lie on another server than the entries that carry it, it names that server's
 * epoch: when that one comes back from an old snapshot an old nonce is current there again, and the entries' own epochs
 * know nothing of it.
 */
export function visibleNonce<T extends string | null>(
  names: KeyNames,
  link: ServerLink | undefined,
  nonce: T,
): T | string {
  if (nonce === null || names.tagsLieBesideEntries) return nonce;
  return `${link?.epoch ?? ''}/${nonce}`;
}

/** The error while nobody knows which server owns a key or tag. */
export function unknownServer(): CacheError {
  return new CacheError('REDIS_UNAVAILABLE', 'no server is known for it');
}

/** A nonce speaks for the epoch its server had when it was asked, and for no other. */
function assertSame(link: ServerLink, epoch: string): void {
  if (link.epoch !== epoch || !link.ready) throw unknownServer();
}
