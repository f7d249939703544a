/** What an error of a handler says about a second attempt. */
export type Verdict = 'permanent' | 'transient' | 'unknown';

/**
 * SQLSTATE classes of errors that lie in the statement or its values: cardinality, data, integrity, syntax and access.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const OF_THE_STATEMENT = /^(21|22|23|42)[0-9A-Z]{3}$/;
/** Those of the moment: connection, rollback, resources, state of objects, operator. */
const OF_THE_MOMENT = /^(08|40|53|55|57)[0-9A-Z]{3}$/;
const BROKEN_SOCKET =
  /^(ECONN(RESET|ABORTED|REFUSED)|EPIPE|E(SOCKET)?TIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND|PROTOCOL_CONNECTION_LOST|REDIS_(UNAVAILABLE|TIMEOUT))$/;
const BROKEN_CONNECTION =
  /connection (was |is )?(terminated|closed|ended|lost|reset)|closed the connection|timed? ?out|terminating connection/i;
/** Where libraries keep the error that they wrap. */
const WRAPPED = ['cause', 'driverError', 'originalError', 'parent'] as const;
const MAX_DEPTH = 8;

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

/** Judges an error, also one that a library has wrapped into its own; the first that says something decides. Never throws. */
export function verdictOn(error: unknown): Verdict {
  try {
    return verdictWithin(error, 0);
  } catch {
    // a property of it is a getter that throws
    return 'unknown';
  }
}

function verdictWithin(error: unknown, depth: number): Verdict {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return 'unknown';
  const { code, message, errors } = error as Record<string, unknown>;
  const inner = WRAPPED.map((name) => (error as Record<string, unknown>)[name]);
  const all: unknown[] = Array.isArray(errors) ? [...inner, ...(errors as unknown[])] : inner;
  const said = [
    () => verdictOnCode(code),
    ...all.map((one) => () => verdictWithin(one, depth + 1)),
    () => verdictOnMessage(message),
  ];
  for (const ask of said) {
    const verdict = ask();
    if (verdict !== 'unknown') return verdict;
  }
  return 'unknown';
}

function verdictOnCode(code: unknown): Verdict {
  if (typeof code !== 'string') return 'unknown';
  if (OF_THE_STATEMENT.test(code)) return 'permanent';
  return OF_THE_MOMENT.test(code) || BROKEN_SOCKET.test(code) ? 'transient' : 'unknown';
}

function verdictOnMessage(message: unknown): Verdict {
  return typeof message === 'string' && BROKEN_CONNECTION.test(message) ? 'transient' : 'unknown';
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
