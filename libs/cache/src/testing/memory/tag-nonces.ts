import { randomBytes } from 'node:crypto';
import type { Clock } from '../../contracts/clock.js';
import type { LateNonce, TagClocks } from '../../contracts/store.js';
import { timely } from '../../contracts/tag-clock.js';
import { ExpiringMap } from './expiring-map.js';

/** The nonces of all tags, and the one clock that says which of them are older than a load. */
export class TagNonces {
  readonly #nonces: ExpiringMap<string>;
  readonly #epoch = random();
  #n = 0;
  #invalidatedAt = 0;

  constructor(clock: Clock) {
    this.#nonces = new ExpiringMap(clock);
  }

  get clocks(): TagClocks {
    return [{ epoch: this.#epoch, n: this.#n }];
  }

  /** The keys whose own tag has a nonce. */
  keys(): string[] {
    return this.#nonces.keys().filter(isTagOfKey);
  }

  peek(tag: string): string | null {
    return this.#nonces.get(tag) ?? null;
  }

  /** The nonce of a tag, made if it is missing; it lives for `ttlMs` from now, or longer. */
  ensure(tag: string, ttlMs: number): string {
    const known = this.#nonces.get(tag);
    if (known === undefined) return this.#make(tag, ttlMs);
    if (this.#nonces.left(tag) < ttlMs) this.#nonces.relive(tag, ttlMs);
    return known;
  }

  late(tag: string, [noted]: TagClocks, ttlMs: number): LateNonce {
    const nonce = this.ensure(tag, ttlMs);
    // an evict condemns the tag of its key without advancing the clock, so that only the nonce's own age counts
    const invalidatedAt = isTagOfKey(tag) ? Infinity : this.#invalidatedAt;
    const now = { epoch: this.#epoch, invalidatedAt };
    return { nonce, timely: noted != null && timely(noted, nonce, now) };
  }

  invalidate(tags: readonly string[], ttlMs: number): void {
    for (const tag of tags) this.#make(tag, ttlMs);
    this.#invalidatedAt = this.#n;
  }

  drop(tag: string): void {
    this.#nonces.delete(tag);
  }

  #make(tag: string, ttlMs: number): string {
    const nonce = `${this.#epoch}.${++this.#n}:${random()}`;
    this.#nonces.set(tag, nonce, ttlMs);
    return nonce;
  }
}

function random(): string {
  return randomBytes(9).toString('base64url');
}

/** Tags of users begin with `#`, those of regions with `@`. */
function isTagOfKey(tag: string): boolean {
  return !tag.startsWith('#') && !tag.startsWith('@');
}
