import type { Ballot, KeptVote, Position } from '@nuthatch/governance';

/** A vote that somebody wants to cast. */
export interface CastVote extends Ballot {
  readonly position: Position;
}

/** What is answered to a vote that was cast. */
export interface CastAnswer extends KeptVote {
  /** Whether it differs from what was there: `false` where the same vote is cast once more. */
  readonly changed: boolean;
}
