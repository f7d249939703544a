/** Floating point numbers agree up to this share of themselves: sums in another order differ in their last digits. */
const TOLERANCE = 1e-9;

/** A question in a ranking. */
export interface Ranked {
  readonly questionId: number;
  readonly score: number;
}

/**
 * Where an answer is not what it should be, one line for each place. What an answer says beyond the expected is nobody's
 * business here.
 */
export function differences(expected: unknown, actual: unknown, path = 'answer'): string[] {
  if (!isObject(expected) || !isObject(actual) || lengthOf(expected) !== lengthOf(actual)) {
    return isSame(expected, actual) ? [] : [`${path} is ${text(actual)}, must be ${text(expected)}`];
  }
  return Object.entries(expected).flatMap(([name, value]) =>
    differences(value, (actual as Record<string, unknown>)[name], `${path}.${name}`),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return typeof one === 'number' && typeof other === 'number' ? agree(one, other) : Object.is(one, other);
}

function lengthOf(value: object): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

/**
 * Where a ranking is not the first so many of the expected one. Those with equal scores may stand in any order, and any of
 * them may be the last that has room.
 */
export function rankingDifferences(
  expected: readonly Ranked[],
  actual: readonly Ranked[],
  limit: number,
): string[] {
  const sorted = [...expected].sort((one, other) => other.score - one.score).slice(0, limit);
  const scores = new Map(expected.map(({ questionId, score }) => [questionId, score]));
  if (actual.length !== sorted.length)
    return [`the ranking has ${actual.length} questions, must have ${sorted.length}`];
  const twice = actual.length - new Set(actual.map(({ questionId }) => questionId)).size;
  const wrong = actual.flatMap(({ questionId, score }, place) => {
    const [own, due] = [scores.get(questionId), sorted[place]?.score];
    if (own === undefined || !agree(own, score))
      return [`question ${questionId} scores ${score}, must score ${own ?? 'nothing'}`];
    return due !== undefined && agree(due, score)
      ? []
      : [`place ${place + 1} has question ${questionId} with ${score}, but ${due} stands there`];
  });
  return twice > 0 ? [...wrong, `the ranking names ${twice} questions twice`] : wrong;
}

export function agree(one: number, other: number): boolean {
  return Math.abs(one - other) <= TOLERANCE * Math.max(Math.abs(one), Math.abs(other));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? 'missing';
}
