import { randomBytes } from 'node:crypto';
import type { Clock } from '../contracts/clock.js';
import { isCacheError } from '../contracts/errors.js';
import type { FilledEntry, LeaseReply, ReadReply, Store } from '../contracts/store.js';
import { withDeadline } from '../resilience/deadline.js';
import type { KeyNames } from './key-names.js';
import { encodeMessage } from './messages.js';
import { ReadBatch } from './read-batch.js';
import type { ServerLink } from './server-link.js';

/** Most tags in one script: Lua unpacks them onto its stack. */
const TAGS_AT_ONCE = 1_000;

/** The Store on one Redis server (or the master of a Sentinel set): names keys, runs scripts, reads replies. */
export class RedisStore implements Store {
  readonly #reads: ReadBatch;

  constructor(
    private readonly link: ServerLink,
    private readonly names: KeyNames,
    clock: Clock,
    readTimeoutMs: number,
  ) {
    this.#reads = new ReadBatch((keys) =>
      withDeadline(
        clock,
        readTimeoutMs,
        link.send(() => link.redis.mgetBuffer(keys)),
      ).catch((error: unknown) => {
        if (isCacheError(error) && error.code === 'REDIS_TIMEOUT') this.timedOut();
        throw error;
      }),
    );
  }

  available(): boolean {
    return this.link.available();
  }

  reachable(): boolean {
    return this.link.reachable();
  }

  timedOut(): void {
    this.link.breaker.failed();
  }

  epoch(): string {
    return this.link.epoch;
  }

  serverTime(monotonic?: number): number {
    return this.link.serverTime(monotonic);
  }

  read(key: string, tags: readonly string[]): Promise<ReadReply> {
    const value = this.names.value(key);
    return this.#reads.read(tags.length === 0 ? [value] : [value, ...tags.map((tag) => this.names.tag(tag))]);
  }

  async peekNonces(tags: readonly string[]): Promise<readonly (string | null)[]> {
    if (tags.length === 0) return [];
    const keys = tags.map((tag) => this.names.tag(tag));
    const values = await this.link.send(() => this.link.redis.mgetBuffer(keys));
    return values.map((value) => value?.toString('latin1') ?? null);
  }

  async nonces(tags: readonly string[], ttlMs: number): Promise<readonly string[]> {
    if (tags.length === 0) return [];
    const keys = [this.names.tagClock, ...tags.map((tag) => this.names.tag(tag))];
    return (await this.link.script({
      script: 'nonces',
      keys,
      args: [nonceText(), Math.ceil(ttlMs)],
    })) as string[];
  }

  async lease(key: string, lease: { token: string; ms: number; badId: string }): Promise<LeaseReply> {
    const keys = [this.names.value(key), this.names.lease(key), this.names.writers(key)];
    const args = [bytes(lease.token), lease.ms, bytes(lease.badId)];
    const reply = (await this.link.script({ script: 'lease', keys, args }, 'bytes')) as [
      number,
      (Buffer | number)?,
    ];
    switch (reply[0]) {
      case 1:
        return { kind: 'value', bytes: reply[1] as Buffer };
      case 2:
        return { kind: 'granted' };
      case 3:
        return { kind: 'held', remainingMs: reply[1] as number };
      default:
        return { kind: 'writing' };
    }
  }

  async renew(key: string, token: string, ms: number): Promise<boolean> {
    const keys = [this.names.lease(key)];
    return (await this.link.script({ script: 'renew', keys, args: [bytes(token), ms] }, 'bytes')) === 1;
  }

  async release(key: string, token: string): Promise<void> {
    await this.link.script(
      { script: 'release', keys: [this.names.lease(key)], args: [bytes(token)] },
      'bytes',
    );
  }

  async fill(key: string, token: string, entry: FilledEntry): Promise<boolean> {
    const keys = [this.names.value(key), this.names.lease(key)];
    const args: (string | number | Buffer)[] = [bytes(token), entry.bytes, Math.ceil(entry.ttlMs)];
    for (const { tag, nonce } of entry.tags) {
      keys.push(this.names.tag(tag));
      args.push(nonce);
    }
    return (await this.link.script({ script: 'fill', keys, args }, 'bytes')) === 1;
  }

  async evict(keys: readonly string[]): Promise<void> {
    const channel = this.names.channel;
    await Promise.all(
      keys.map((key) =>
        this.link.script({
          script: 'evict',
          keys: this.names.writeKeys(key),
          args: [channel, encodeMessage({ kind: 'keys', names: [key] })],
        }),
      ),
    );
  }

  async begin(key: string, token: string, maxWriteMs: number): Promise<void> {
    const message = encodeMessage({ kind: 'keys', names: [key] });
    const args = [this.names.channel, message, bytes(token), maxWriteMs];
    await this.link.script({ script: 'begin', keys: this.names.writeKeys(key), args }, 'bytes');
  }

  async commit(key: string, token: string, entry: { bytes: Buffer; ttlMs: number } | null): Promise<boolean> {
    const message = encodeMessage({ kind: 'keys', names: [key] });
    const value: (string | Buffer)[] =
      entry === null ? ['1', ''] : [String(Math.ceil(entry.ttlMs)), entry.bytes];
    const args = [this.names.channel, message, bytes(token), ...value];
    return (
      (await this.link.script({ script: 'commit', keys: this.names.writeKeys(key), args }, 'bytes')) === 1
    );
  }

  async invalidateTags(tags: readonly string[], ttlMs: number): Promise<void> {
    for (let from = 0; from < tags.length; from += TAGS_AT_ONCE) {
      const some = tags.slice(from, from + TAGS_AT_ONCE);
      const keys = [this.names.tagClock, ...some.map((tag) => this.names.tag(tag))];
      const message = encodeMessage({ kind: 'tags', names: some });
      const args = [this.names.channel, message, nonceText(), Math.ceil(ttlMs)];
      await this.link.script({ script: 'invalidateTags', keys, args });
    }
  }
}

/** Tokens are random bytes held as latin1 text in the process. */
function bytes(token: string): Buffer {
  return Buffer.from(token, 'latin1');
}

function nonceText(): string {
  return randomBytes(9).toString('base64url');
}
