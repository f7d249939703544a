/**
 * The magnitude of a contribution: the logarithm to base 2 of what it counts as of 1970, in a ranking where it counts half
 * after `halfLifeMs`. Two of them compare as the scores do at any moment, so that nothing that is kept ever has to fade.
 */
export function magnitudeOf(weight: number, atMs: number, halfLifeMs: number): number {
  return Math.log2(weight) + atMs / halfLifeMs;
}

/** The magnitude of two contributions together. */
export function addMagnitudes(one: number | undefined, other: number): number {
  if (one === undefined) return other;
  const high = Math.max(one, other);
  return high + Math.log2(1 + 2 ** (Math.min(one, other) - high));
}

/** The score that a magnitude stands for at a moment; 0 for what faded long ago. */
export function scoreAt(magnitude: number, atMs: number, halfLifeMs: number): number {
  return 2 ** (magnitude - atMs / halfLifeMs);
}
