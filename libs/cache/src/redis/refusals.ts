import { CacheError } from '../contracts/errors.js';

// Redis 6.2 puts the error of a script's command behind words of its own. The last two take no write for now: what is read
// there may be what an invalidation could not remove.
const NO_MASTER = /(?:^|-)(READONLY|MASTERDOWN|LOADING|NOREPLICAS|MISCONF) /;

/** What the client itself says of a connection, without a code, and our words for it. */
const CLIENT_WORDS: readonly (readonly [begin: string, words: string])[] = [
  ['Connection is closed', 'connection closed'],
  ['Socket timeout', 'no answer for seconds'],
  ["Stream isn't writeable", 'not connected'],
];

// What a user has no right to is refused to his scripts in other words.
const FORBIDDEN_IN_SCRIPT = /The user executing the script can't /;

/** Whether an error is a server's reply; all others mean that it did not answer. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Whether a reply comes from a server that is a replica now, has not all of its data or takes no write: it is not the one to ask. */
export function isNoMaster(error: Error): boolean {
  return NO_MASTER.test(error.message);
}

/** Whether a reply says that the user has no right to a command, or that the server has it under no or another name. */
export function isForbidden(error: unknown): boolean {
  return isReply(error) && /^(NOPERM |ERR unknown command)/i.test(error.message);
}

/** Failures that somebody must do something about, and what it is. */
const IN_WORDS: Readonly<Record<string, string>> = {
  WRONGPASS: 'refuses the password or user name',
  NOAUTH: 'asks for a password, and none is configured',
  NOPERM: 'forbids its user a command or key',
  LOADING: 'is still reading its data from the disk',
};

/** What tells a failure from others: the words for it may stand for a connection and a command alike. */
export function kindOf(kind: 'connection' | 'command', reason: string): string {
  return IN_WORDS[reason] === undefined ? `${kind}:${reason}` : reason;
}

/** A failure for people, from its word. `where` follows the name of Redis. */
export function inWords(kind: 'connection' | 'command', reason: string, where = ''): string {
  const words = IN_WORDS[reason];
  return words === undefined
    ? `Redis ${kind}${where} failed: ${reason}`
    : `Redis${where} ${words} (${reason})`;
}

/** The error for a command that failed, in words that hold no command, key, value or password. */
export function failureOf(error: unknown): CacheError {
  const reason = describeFailure(error);
  if (!isReply(error)) return new CacheError('REDIS_UNAVAILABLE', `Redis did not answer: ${reason}`);
  const code = isNoMaster(error) ? 'REDIS_UNAVAILABLE' : 'REDIS_REFUSED';
  return new CacheError(code, `Redis answered ${reason}`);
}

/** What went wrong, in words that hold no command, key, value or password. Errors of sockets need not be instances of our `Error`. */
export function describeFailure(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown failure';
  const { code, message, name } = error as Record<string, unknown>;
  if (typeof code === 'string') return code;
  const word = typeof message === 'string' ? wordOf(message) : undefined;
  return word ?? (typeof name === 'string' ? name : 'unknown failure');
}

function wordOf(message: string): string | undefined {
  if (FORBIDDEN_IN_SCRIPT.test(message)) return 'NOPERM';
  return (
    /^[A-Z][A-Z]+\b/.exec(message)?.[0] ?? CLIENT_WORDS.find(([begin]) => message.startsWith(begin))?.[1]
  );
}
