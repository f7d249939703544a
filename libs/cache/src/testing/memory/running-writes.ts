import type { Clock } from '../../contracts/clock.js';
import { ExpiringMap } from './expiring-map.js';

/** Those who write a key now. */
interface Writers {
  /** When each counts as gone, by its token. */
  readonly until: Map<string, number>;
  /** Something happened to the key that none of their values may outlive. */
  spoilt: boolean;
}

/** The writes that run, key by key: only one that nothing overlapped may store what it wrote. */
export class RunningWrites {
  readonly #writers: ExpiringMap<Writers>;

  constructor(private readonly clock: Clock) {
    this.#writers = new ExpiringMap(clock);
  }

  /** The keys of which loads are barred. */
  keys(): string[] {
    return this.#writers.keys();
  }

  /** Whether loads of a key are barred. */
  at(key: string): boolean {
    return this.#writers.get(key) !== undefined;
  }

  /** None of the writes that run now will store anything. */
  spoil(key: string): void {
    const writers = this.#writers.get(key);
    if (writers !== undefined) writers.spoilt = true;
  }

  begin(key: string, token: string, maxMs: number): void {
    const now = this.clock.now();
    const known = this.#writers.get(key);
    const writers = known === undefined ? newWriters() : withoutGone(known, now);
    writers.until.set(token, now + maxMs);
    this.#writers.set(key, writers, Math.max(maxMs, this.#writers.left(key)));
  }

  /** Ends a write; whether it was the only one all the while. The others that still run were overlapped by it. */
  end(key: string, token: string): boolean {
    const writers = this.#writers.get(key);
    if (writers === undefined) return false;
    const mine = writers.until.delete(token);
    if (writers.until.size > 0) writers.spoilt = true;
    else this.#writers.delete(key);
    return mine && writers.until.size === 0 && !writers.spoilt;
  }
}

function newWriters(): Writers {
  return { until: new Map(), spoilt: false };
}

/** Writers whose time is up are forgotten, and with the last of them what spoilt their writes. */
function withoutGone(writers: Writers, now: number): Writers {
  for (const [token, until] of writers.until) if (until <= now) writers.until.delete(token);
  return writers.until.size === 0 ? newWriters() : writers;
}
