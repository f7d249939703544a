/**
 * Says until when memory may be trusted in what depends on one server: a beat that came back proves that every
 * invalidation before its sending has arrived, so nothing in memory can be older than `maxStaleness` for that long. In a
 * Cluster the same is asked of the answer to who owns what. Time is asked for at the hit: after a process was stopped and
 * goes on, I/O runs before timers, and a cached time would open a gate that is long closed.
 */
export class Gate {
  #beatSentAt = -Infinity;
  #ownersAskedAt = Infinity;
  #trustedUntil: number;

  /** A gate without a channel (one process, memory only) stands open for ever. */
  constructor(private readonly maxStalenessMs: number | 'always-open' | 'always-closed') {
    this.#trustedUntil = maxStalenessMs === 'always-open' ? Infinity : -Infinity;
  }

  /** Monotonic milliseconds until which memory may answer. */
  get trustedUntil(): number {
    return this.#trustedUntil;
  }

  beatReturned(sentAt: number): void {
    this.#beatSentAt = Math.max(this.#beatSentAt, sentAt);
    this.#judge();
  }

  /** The server still owned its keys according to an answer to a question that was sent at `askedAt`. */
  ownersConfirmed(askedAt: number): void {
    this.#ownersAskedAt = askedAt;
    this.#judge();
  }

  close(): void {
    this.#beatSentAt = -Infinity;
    this.#judge();
  }

  #judge(): void {
    if (typeof this.maxStalenessMs === 'string') return;
    this.#trustedUntil = Math.min(this.#beatSentAt, this.#ownersAskedAt) + this.maxStalenessMs;
  }
}

/** Nobody knows on which server it depends. */
export const CLOSED_GATE = new Gate('always-closed');
