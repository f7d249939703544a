import { rankingDifferences } from './comparison.js';
import type { Ranked } from './comparison.js';

/** A vote counts half of what it did a day before. */
export const HALF_LIFE_MS = 24 * 60 * 60 * 1000;

/** When a ranking was asked for, and until when it may have been made, in milliseconds. */
export interface Asked {
  readonly limit: number;
  readonly from: number;
  readonly until: number;
}

/** What a vote that was cast at one time counts at another. */
export function weightOf(castAt: number, at: number): number {
  return 2 ** (-(at - castAt) / HALF_LIFE_MS);
}

/**
 * What is wrong with a ranking. All scores sink alike, so the first one tells to which moment the application let them sink,
 * and that moment must lie between request and answer; at that moment all scores must be exact.
 */
export function trendingFaults(
  expectedAt: (at: number) => readonly Ranked[],
  { limit, from, until }: Asked,
  ranking: readonly Ranked[],
): string[] {
  const [first] = ranking;
  const known = first && expectedAt(from).find(({ questionId }) => questionId === first.questionId);
  if (first === undefined || known === undefined) return rankingDifferences(expectedAt(from), ranking, limit);
  const at = from + HALF_LIFE_MS * Math.log2(known.score / first.score);
  // a clock of milliseconds rounds down
  if (!(from - 1 <= at && at <= until + 1))
    return [`the scores are those of ${Math.round(at - from)} ms after the request`];
  return rankingDifferences(expectedAt(at), ranking, limit);
}
