/**
 * What a voting is made of. The interfaces are open: an application that knows more of a question merges its own properties in
 * (`declare module '@nuthatch/governance' { interface Question { … } }`), and every region carries them.
 */

/** How a member stands on a question. */
export type Position = keyof Totals;

/** How many stand where. */
export interface Totals {
  readonly yea: number;
  readonly nay: number;
  readonly notVoting: number;
}

/** A question that is put to the vote of a community's members. */
export interface Question {
  readonly id: number;
  readonly communityId: string;
}

/** A question as a list shows it. */
export interface QuestionSummary {
  readonly id: number;
}

/** Which questions a list shows, and which page of it. */
export interface QuestionFilter {
  readonly page: number;
}

/** One page of a list of questions. */
export interface QuestionPage {
  readonly page: number;
  readonly pageSize: number;
  /** How many questions match, on all pages. */
  readonly total: number;
  readonly items: readonly QuestionSummary[];
}

/** How one member stands on one question. */
export interface Vote {
  readonly questionId: number;
  readonly memberId: number;
  readonly position: Position;
  /** When the member first voted on the question; a change of mind leaves it. ISO 8601, UTC. */
  readonly castAt: string;
}

/** Who votes on what, and in which community's name. */
export interface Ballot {
  readonly questionId: number;
  readonly communityId: string;
  readonly memberId: number;
}

/** A vote that the database has just kept, with what it must tell in the same statement or transaction. */
export interface KeptVote extends Vote {
  /** The position that it replaced; `null` where it is the member's first on the question. */
  readonly previous: Position | null;
  /** The member's party when the vote was first cast. */
  readonly party: string;
  /** The member's state when the vote was first cast. */
  readonly state: string;
  /** Whether the vote counts: decided when it was first cast. */
  readonly counted: boolean;
}

/** What the votes on a question come to. */
export interface QuestionResults extends Totals {
  readonly questionId: number;
  /** The share of the recorded votes that are yea or nay, from 0 to 1. */
  readonly participation: number;
  /** Those with recorded votes, in alphabetical order. */
  readonly parties: readonly PartyTotals[];
}

/** One party's part in a result. */
export interface PartyTotals extends Totals {
  readonly party: string;
}

/** One state's part in a result. */
export interface StateTotals extends Totals {
  readonly state: string;
}

/** How many stand where on a question. */
export interface QuestionCounts extends Totals {
  readonly questionId: number;
}

/** How many of some recorded votes are yea or nay. */
export interface Participation {
  /** The recorded votes, those of absentees included. */
  readonly entitled: number;
  /** How many of them are yea or nay. */
  readonly voted: number;
  /** Their share, from 0 to 1; 0 where nothing is recorded. */
  readonly participation: number;
}

/** Participation in one question. */
export interface QuestionParticipation extends Participation {
  readonly questionId: number;
}

/** Participation of one member, over all questions. */
export interface MemberParticipation extends Participation {
  readonly memberId: number;
}

/** Participation in a community, over all its questions. */
export interface CommunityParticipation extends Participation {
  readonly communityId: string;
}

/** Where the votes on a question came from. */
export interface QuestionAnalytics {
  readonly questionId: number;
  /** Yeas minus nays: below 0 when the question was lost. */
  readonly margin: number;
  readonly participation: Participation;
  /** Those with recorded votes, in alphabetical order. */
  readonly parties: readonly PartySplit[];
  readonly states: readonly StateTotals[];
}

/** How a party split over a question. */
export interface PartySplit extends PartyTotals {
  /** Where most of its yeas and nays are; `null` when they are equally many. */
  readonly majority: 'yea' | 'nay' | null;
  /** The share of its yeas and nays that is with the larger side, from 0.5 to 1; 0 where nobody voted. */
  readonly unity: number;
}

/** A question with the sum over its votes of `2^(-age / halfLife)`. */
export interface Score {
  readonly questionId: number;
  readonly score: number;
}
