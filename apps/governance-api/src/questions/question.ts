import '@nuthatch/governance';

/** What the roll calls tell of questions, beyond what every voting knows of its own. */
declare module '@nuthatch/governance' {
  interface Question {
    /** `2005-01-06` */
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

  interface QuestionSummary {
    readonly date: string;
    readonly session: number;
    readonly number: number;
    readonly question: string;
    readonly result: string;
  }

  interface QuestionFilter {
    readonly session?: number;
    readonly result?: string;
  }
}

export type { Question, QuestionFilter, QuestionPage, QuestionSummary } from '@nuthatch/governance';
