import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../contracts/clock.js';
import { sleep } from '../contracts/clock.js';
import type { Store } from '../contracts/store.js';

/** Times of leases in milliseconds. */
export interface LeaseOptions {
  /** How long a lease lives without renewal: how long others wait for a loader that died. */
  readonly leaseMs: number;
  /** How long a caller waits for another process's load before it loads itself, without storing. */
  readonly waitMs: number;
}

/** What the wait for the right to load came to. */
export type Right =
  | { readonly kind: 'value'; readonly bytes: Buffer }
  /** This process loads and may fill. `waited`: others had the right in between, so what was read before is out of date. */
  | { readonly kind: 'lease'; readonly token: string; readonly waited: boolean }
  /** Load, but do not store: a writer is at work, or the wait was too long. */
  | { readonly kind: 'unstored'; readonly why: 'writing' | 'waited' | 'unsynced' };

/** One question to the server: a step of the caller's budget, `undefined` when the server is done without. */
export type Ask = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/** Pauses between two looks at what another loads, in milliseconds: each twice the one before. */
export const FIRST_POLL_MS = 2;
export const LAST_POLL_MS = 16;

/** 16 random bytes as latin1 text: names a lease, and the entry that is stored with it. */
export function newToken(): string {
  return randomBytes(16).toString('latin1');
}

/** What one caller asks for. */
export interface LeaseRequest {
  readonly key: string;
  /** The id of an entry that was found invalid and may be replaced, or ''. */
  readonly badId: string;
  /** Wait while another loads? */
  readonly wait: boolean;
  /** The longest to wait in milliseconds, if that is less than for others. */
  readonly waitMs?: number | undefined;
  readonly ask: Ask;
}

/** Leases: the right to load a key, held in the store while loading, so that one process of the fleet loads. */
export class Leases {
  readonly #held = new Map<string, string>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: LeaseOptions,
  ) {}

  /** When a wait that begins now ends, in monotonic milliseconds. */
  waitsUntil(atMost = Infinity): number {
    return this.clock.now() + Math.min(this.options.waitMs, atMost);
  }

  /**
   * Asks for the right to load until there is an answer. A lease that runs out because its holder died is granted to
   * the next that asks. `undefined`: the server did not answer, this call does without it.
   */
  async acquire(request: LeaseRequest): Promise<Right | undefined> {
    const { key, badId, ask } = request;
    const token = newToken();
    const until = this.waitsUntil(request.waitMs);
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LAST_POLL_MS)) {
      const reply = await ask(() => this.store.lease(key, { token, ms: this.options.leaseMs, badId }));
      if (reply === undefined) {
        // it may be granted late, and would then bar everybody for its whole life
        this.release(key, token);
        return undefined;
      }
      if (reply.kind === 'value') return reply;
      if (reply.kind === 'granted') return { kind: 'lease', token, waited: pause > FIRST_POLL_MS };
      if (reply.kind === 'writing') return { kind: 'unstored', why: 'writing' };
      if (!request.wait) return { kind: 'unstored', why: 'unsynced' };
      if (this.clock.now() >= until) return { kind: 'unstored', why: 'waited' };
      await sleep(this.clock, pause);
    }
  }

  /** Runs `work` while the lease is kept alive; gives the lease back when the work fails. */
  async hold<T>(key: string, token: string, work: () => Promise<T>): Promise<T> {
    this.#held.set(token, key);
    const renewal = this.#renew(key, token);
    try {
      return await work();
    } catch (error) {
      this.release(key, token);
      throw error;
    } finally {
      renewal.cancel();
      this.#held.delete(token);
    }
  }

  /** Gives a lease back, without waiting; if the server does not hear it, the lease runs out by itself. */
  release(key: string, token: string): void {
    if (this.store.reachable(key)) this.store.release(key, token).catch(() => undefined);
  }

  /** Gives back every lease that is held now: what runs on will find its fill refused. */
  async releaseAll(): Promise<void> {
    const reachable = [...this.#held].filter(([, key]) => this.store.reachable(key));
    await Promise.allSettled(reachable.map(([token, key]) => this.store.release(key, token)));
  }

  #renew(key: string, token: string): Timer {
    const { leaseMs } = this.options;
    const timer = this.clock.every(leaseMs / 3, () => {
      if (!this.store.available(key)) return;
      this.store.renew(key, token, leaseMs).then(
        (ours) => {
          if (!ours) timer.cancel();
        },
        () => undefined,
      );
    });
    return timer;
  }
}
