import type { Position, Totals } from '../rollcalls/rollcalls.js';

/** How one member stands on one question. */
export interface Vote {
  readonly questionId: number;
  readonly memberId: number;
  readonly position: Position;
}

/** What the votes on a question come to, counted from the stored votes of the community's members. */
export interface QuestionResults extends Totals {
  readonly questionId: number;
  /** The share of those entitled who voted yea or nay, from 0 to 1. */
  readonly participation: number;
  readonly parties: readonly PartyTotals[];
}

/** One party's part in a result. */
export interface PartyTotals extends Totals {
  readonly party: string;
}
