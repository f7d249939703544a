/**
 * Says until when memory may be trusted: a beat that came back proves that every invalidation before its sending has
 * arrived, so nothing in memory can be older than `maxStaleness` for that long. Time is asked for at the hit: after a
 * process was stopped and goes on, I/O runs before timers, and a cached time would open a gate that is long closed.
 */
export class Gate {
  #trustedUntil: number;

  /** A gate without a channel (one process, memory only) stands open for ever. */
  constructor(private readonly maxStalenessMs: number | 'always-open') {
    this.#trustedUntil = maxStalenessMs === 'always-open' ? Infinity : -Infinity;
  }

  /** Monotonic milliseconds until which memory may answer. */
  get trustedUntil(): number {
    return this.#trustedUntil;
  }

  beatReturned(sentAt: number): void {
    if (this.maxStalenessMs === 'always-open') return;
    this.#trustedUntil = Math.max(this.#trustedUntil, sentAt + this.maxStalenessMs);
  }

  close(): void {
    if (this.maxStalenessMs === 'always-open') return;
    this.#trustedUntil = -Infinity;
  }
}
