import { types } from 'node:util';
import { className } from './prototypes.js';

/**
 * What is wrong with the answer of a function that the user gave, such as "returned a promise".
 * It holds nothing of the answer itself, so that it may be logged.
 */
export class UserFault extends Error {
  override readonly name = 'UserFault';
}

/** What a function of the user's did instead of answering: words that hold no message, value or key. Never throws. */
export function faultOf(error: unknown): string {
  try {
    if (error instanceof UserFault) return error.message;
  } catch {
    // a proxy may throw when it is asked what it is
  }
  return `threw ${kindOfError(error)}`;
}

/**
 * The class of what was thrown, or its type where it is no object. Never its `name` or message: they are what somebody has
 * written into them, and may even throw when they are read.
 */
export function kindOfError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === null ? 'null' : typeof error;
  try {
    return className(error).slice(0, 100);
  } catch {
    return 'an object';
  }
}

/**
 * An answer that has to be there at once.
 * A promise would be taken for `true` or for an empty list, and would end the process when it fails and nobody hears it.
 * @throws UserFault
 */
export function atOnce(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if (types.isPromise(answer)) answer.catch(() => undefined);
  else if (typeof (answer as { then?: unknown }).then !== 'function') return answer;
  throw new UserFault('returned a promise; it has to answer at once');
}
