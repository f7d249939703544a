import type { Clock } from '../../contracts/clock.js';

interface Living<V> {
  readonly value: V;
  until: number;
}

/** A map whose entries have a life, like the keys of a Redis server. What has ended is dropped when somebody asks for it. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Living<V>>();

  constructor(private readonly clock: Clock) {}

  get(key: string): V | undefined {
    return this.#living(key)?.value;
  }

  set(key: string, value: V, ttlMs: number): void {
    this.#entries.set(key, { value, until: this.clock.now() + Math.ceil(ttlMs) });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** The keys of what lives. */
  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.#living(key) !== undefined);
  }

  /** How long an entry still lives, in milliseconds; 0 when there is none. */
  left(key: string): number {
    const living = this.#living(key);
    return living === undefined ? 0 : living.until - this.clock.now();
  }

  /** Gives an entry another life, if it is there. */
  relive(key: string, ttlMs: number): void {
    const living = this.#living(key);
    if (living !== undefined) living.until = this.clock.now() + Math.ceil(ttlMs);
  }

  #living(key: string): Living<V> | undefined {
    const known = this.#entries.get(key);
    if (known === undefined || known.until > this.clock.now()) return known;
    this.#entries.delete(key);
    return undefined;
  }
}
