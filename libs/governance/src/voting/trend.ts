import type { Trend } from './voting.types.js';

/** After how long a vote weighs half as much in the trending questions. */
export const TRENDING_HALF_LIFE_MS = 86_400_000;

/** How many questions trend at most. */
export const MAX_TRENDING = 100;

/** A question with what its votes weigh at some time. */
export interface Score {
  readonly questionId: number;
  readonly score: number;
}

/**
 * The decayed score at a time (milliseconds since 1970): the sum over the votes of `2^(-(at - castAt) / halfLife)`.
 * Many years after the last vote it is too small for a number, and 0.
 */
export function scoreAt({ questionId, latest, weight }: Trend, at: number): Score {
  return { questionId, score: weight * 2 ** ((latest - at) / TRENDING_HALF_LIFE_MS) };
}

/** The trends with the highest score first, whenever they are compared: all decay alike. */
export function highestFirst(trends: readonly Trend[]): Trend[] {
  return [...trends].sort((a, b) => strength(b) - strength(a) || a.questionId - b.questionId);
}

/** Comparable where scores are too small to be numbers. */
function strength({ latest, weight }: Trend): number {
  return latest / TRENDING_HALF_LIFE_MS + Math.log2(weight);
}
