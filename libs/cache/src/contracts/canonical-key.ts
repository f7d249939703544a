import { createHash } from 'node:crypto';
import { ArgumentEncoder, escapeText, numberText, SUSPICIOUS } from './canonical-argument.js';

/** The longest key that is kept as text; a longer one becomes `region:~` and the SHA-256 of its text. */
export const MAX_KEY_LENGTH = 200;
/** More arguments than anybody means; a list may say any length without having anything in it. */
const MAX_ARGUMENTS = 1_000_000;
const UNREADABLE = 'it throws when it is read';

/** Why an argument list has no canonical form. */
export interface ArgumentProblem {
  readonly index: number;
  /** For people; names a class or a kind, never a value. */
  readonly reason: string;
}

/**
 * The key of an entry: its region and the canonical form of the arguments, or `undefined` where an argument has none.
 * Equal arguments give equal keys whatever the order of their properties, different ones never do. Trailing `undefined`s count as absent.
 */
export function canonicalKey(region: string, args: readonly unknown[]): string | undefined {
  try {
    return keyOf(region, args);
  } catch {
    // a list that throws when it is read: a key function may return a proxy
    return undefined;
  }
}

function keyOf(region: string, args: readonly unknown[]): string | undefined {
  if (args.length === 1) {
    const only = args[0];
    if (typeof only === 'string') {
      if (only.length < MAX_KEY_LENGTH && !SUSPICIOUS.test(only)) {
        return bounded(region, region + ':s' + only.length + ':' + only);
      }
    } else if (typeof only === 'number') {
      return bounded(region, region + ':n' + numberText(only));
    }
  }
  const outcome = encodeArguments(args);
  return typeof outcome === 'string' ? bounded(region, region + ':' + outcome) : undefined;
}

/** The first argument without a canonical form and the reason, or `undefined` when all of them have one. */
export function explainArguments(args: readonly unknown[]): ArgumentProblem | undefined {
  try {
    const outcome = encodeArguments(args);
    return typeof outcome === 'string' ? undefined : outcome;
  } catch {
    return { index: 0, reason: UNREADABLE };
  }
}

/** The name under which a user's tag is stored. */
export function canonicalTag(tag: string): string {
  const name = escapeText(tag);
  if (name.length > MAX_KEY_LENGTH) return '#~' + digest(name);
  return name.startsWith('~') ? '#%7E' + name.slice(1) : '#' + name;
}

/** The tag that every entry of a region carries. The tag of a single entry is its key. */
export function regionTag(region: string): string {
  return '@' + region;
}

function bounded(region: string, text: string): string {
  return text.length > MAX_KEY_LENGTH ? `${region}:~${digest(text)}` : text;
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function encodeArguments(args: readonly unknown[]): string | ArgumentProblem {
  const encoder = new ArgumentEncoder();
  let count = args.length;
  if (count > MAX_ARGUMENTS) return { index: MAX_ARGUMENTS, reason: 'too many arguments' };
  while (count > 0 && args[count - 1] === undefined) count--;
  let text = '';
  for (let index = 0; index < count; index++) {
    try {
      text += (index === 0 ? '' : ',') + encoder.encode(args[index], 0);
    } catch {
      return { index, reason: UNREADABLE };
    }
    if (encoder.problem !== undefined) return { index, reason: encoder.problem };
  }
  return text;
}
