import { BROKEN_CONNECTION, BROKEN_SOCKET, toldBy } from '../resilience/error-chain.js';

/** What an error of a handler says about a second attempt. */
export type Verdict = 'permanent' | 'transient' | 'unknown';

/**
 * SQLSTATE classes of errors that lie in the statement or its values: cardinality, data, integrity, syntax and access.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OF_THE_STATEMENT = /^(21|22|23|42)[0-9A-Z]{3}$/;
/** Those of the moment: connection, rollback, resources, state of objects, operator. */
const OF_THE_MOMENT = /^(08|40|53|55|57)[0-9A-Z]{3}$/;
/** Names that nobody knows for now, and a Redis that a handler uses. */
const OUT_OF_REACH = /^(ENETUNREACH|EAI_AGAIN|ENOTFOUND|REDIS_(UNAVAILABLE|TIMEOUT))$/;

/** What a handler's own function says of an error; where that says nothing, or throws, what the error says. */
export function judge(
  error: unknown,
  permanent: ((error: unknown) => boolean | undefined) | undefined,
): Verdict {
  try {
    const said = permanent?.(error);
    if (said !== undefined) return said ? 'permanent' : 'transient';
  } catch {
    // it has said nothing
  }
  return verdictOn(error);
}

/** Judges an error, also one that a library has wrapped into its own: by the first code that says something, else by its messages. Never throws. */
export function verdictOn(error: unknown): Verdict {
  try {
    const told = toldBy(error);
    const verdict = told.map(({ code }) => verdictOnCode(code)).find((one) => one !== 'unknown');
    return verdict ?? (told.some(({ message }) => BROKEN_CONNECTION.test(message)) ? 'transient' : 'unknown');
  } catch {
    // a property of it is a getter that throws
    return 'unknown';
  }
}

function verdictOnCode(code: string): Verdict {
  if (OF_THE_STATEMENT.test(code)) return 'permanent';
  const passes = OF_THE_MOMENT.test(code) || BROKEN_SOCKET.test(code) || OUT_OF_REACH.test(code);
  return passes ? 'transient' : 'unknown';
}

/** Class and code of an error for people; its message may hold values. Never throws. */
export function reasonOf(error: unknown): string {
  try {
    return classAndCode(error);
  } catch {
    return 'object';
  }
}

function classAndCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const { name, code } = error as { name?: unknown; code?: unknown };
  const kind = error instanceof Error ? 'Error' : 'object';
  const called = isWord(name) ? name : kind;
  return isWord(code) ? `${called} ${code}` : called;
}

/** Names and codes are words; what is more may be anything. */
function isWord(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.$-]{1,40}$/.test(text);
}
