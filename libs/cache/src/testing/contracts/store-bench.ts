import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { envelopeId, readEnvelope, writeEnvelope } from '../../codec/envelope.js';
import type { EntryHeader } from '../../contracts/entry.js';
import type { Store } from '../../contracts/store.js';

/** A store under test, and what the test can do to the world around it. */
export interface StoreSubject {
  readonly store: Store;
  /** Lets time pass where the store counts it. Default: waits. */
  advance?(ms: number): Promise<void>;
}

/** Longer than any test takes, in milliseconds. */
export const LONG = 60_000;
/** A life whose end a test can wait for. */
export const SHORT = 40;
/** Surely beyond it, also where it is counted by another machine. */
export const BEYOND = 90;

let count = 0;

/** A store with what the promises about it share: names that nobody has used, entries, and fills under a lease. */
export class StoreBench {
  readonly store: Store;

  constructor(readonly subject: StoreSubject) {
    this.store = subject.store;
  }

  /** A key that no other promise uses. A store may keep what it has from one promise to the next. */
  key(): string {
    return `seeds:n${++count}`;
  }

  keys(howMany: number): string[] {
    return Array.from({ length: howMany }, () => this.key());
  }

  tags(howMany: number): string[] {
    return Array.from({ length: howMany }, () => `#tag${++count}`);
  }

  token(): string {
    return randomBytes(16).toString('latin1');
  }

  async pass(ms: number): Promise<void> {
    await (this.subject.advance?.(ms) ?? pause(ms));
  }

  /** The bytes of an entry as the cache writes them. */
  entry(key: string, header: Partial<EntryHeader> = {}): Buffer {
    const now = this.store.serverTime(key);
    const times = { createdAt: now, softExpiry: now + LONG, hardExpiry: now + LONG, loadMs: 1 };
    const payload = Buffer.from(`"of ${key}"`);
    return writeEnvelope(
      { id: this.token(), epoch: this.store.epoch(key), ...times, tags: [], ...header },
      { bytes: payload, codec: 'json', compression: 'none', typed: false, rawBytes: payload.length },
    );
  }

  async lease(key: string, ms = LONG, badId = ''): Promise<{ token: string; kind: string }> {
    const token = this.token();
    const { kind } = await this.store.lease(key, { token, ms, badId });
    return { token, kind };
  }

  async stored(key: string): Promise<Buffer | null> {
    return (await this.store.read(key, [])).bytes;
  }

  /** Loads a key: lease and fill. Returns the bytes. */
  async filled(key: string, bytes = this.entry(key), ttlMs = LONG): Promise<Buffer> {
    const { token } = await this.lease(key);
    assert.equal(await this.store.fill(key, token, { bytes, ttlMs, tags: [] }), true);
    return bytes;
  }

  /** A token that has begun a write. */
  async begun(key: string, ms = LONG): Promise<string> {
    const token = this.token();
    await this.store.begin(key, token, ms);
    return token;
  }

  async assertStored(key: string, bytes: Buffer): Promise<void> {
    const found = await this.stored(key);
    assert.ok(found?.equals(bytes), `the entry of ${key} must be stored as it was given`);
  }

  async assertEmpty(key: string): Promise<void> {
    assert.equal(await this.stored(key), null);
  }

  /** The entry of a key, taken apart. */
  async header(key: string): Promise<EntryHeader & { readonly payload: string }> {
    const outcome = readEnvelope((await this.stored(key)) ?? Buffer.alloc(0));
    assert.equal(outcome.kind, 'envelope', `the entry of ${key} must be readable`);
    assert.ok(outcome.kind === 'envelope');
    return { ...outcome.header, payload: outcome.payload.toString() };
  }
}

/** The id of an entry. */
export const idOf = envelopeId;
