/** A moment of a tag clock, noted before a load. */
export interface TagClock {
  /** Random; another one after the clock was lost. */
  readonly epoch: string;
  /** Advanced by every nonce that is made, whether a tag was invalidated or seen for the first time. */
  readonly n: number;
}

/** Where a tag clock stood when the nonces were read. */
export interface TagClockNow {
  readonly epoch: string;
  /** The value of `n` at the last invalidation of any of the clock's tags. */
  readonly invalidatedAt: number;
}

const NONCE = /^([^.:]+)\.(\d+):/;

/**
 * Whether a tag that became known only after a load may condemn or keep what was loaded: `false` when it may have been
 * invalidated since `noted`. Nothing of the clock's tags was invalidated since, or this tag's nonce is older than that.
 * A clock that was lost in between proves nothing.
 */
export function timely(noted: TagClock, nonce: string, now: TagClockNow): boolean {
  if (now.epoch !== noted.epoch) return false;
  if (now.invalidatedAt <= noted.n) return true;
  const made = NONCE.exec(nonce);
  return made !== null && made[1] === noted.epoch && Number(made[2]) <= noted.n;
}
