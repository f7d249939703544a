/** A question that was put to the vote. */
export interface Question {
  /** The place among all questions, from 1. */
  readonly id: number;
  readonly communityId: string;
  readonly date: string;
  readonly session: number;
  readonly number: number;
  readonly bill: string;
  readonly question: string;
  readonly result: string;
  readonly description: string;
  /** The totals as announced; what the stored votes come to is answered under `/results`. */
  readonly officialYea: number;
  readonly officialNay: number;
}

/** A question as a list shows it. */
export type QuestionSummary = Pick<Question, 'id' | 'date' | 'session' | 'number' | 'question' | 'result'>;

/** Which questions a list shows, and which page of it. */
export interface QuestionFilter {
  readonly session?: number;
  readonly result?: string;
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
