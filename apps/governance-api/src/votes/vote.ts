import type { Ballot, Position, Vote } from '@nuthatch/governance';

/** A vote that somebody wants to cast. */
export interface CastVote extends Ballot {
  readonly position: Position;
}

/** A vote that was just cast. */
export interface KeptVote extends Vote {
  /** The position that the member took back with it; `null` where it is the first vote. */
  readonly previous: Position | null;
  /** Whether it differs from what was there: `false` where the same vote is cast once more. */
  readonly changed: boolean;
}
