import { CacheError } from './errors.js';
import { shown } from './shown.js';

/** A length of time: milliseconds as a number, or a number with a unit such as `'250ms'`, `'5s'`, `'5m'`, `'1h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration, or `undefined` when it is not one. Zero is a duration, a negative number is not. */
export function parseDuration(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
  if (typeof duration !== 'string') return undefined;
  const match = PATTERN.exec(duration);
  const unit = match === null ? undefined : UNIT_MS[match[2] ?? ''];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/**
 * Milliseconds of a duration.
 * @throws CacheError `INVALID_OPTION` with the option's name, what it got and what is allowed.
 */
export function toMilliseconds(duration: unknown, option: string): number {
  const ms = parseDuration(duration);
  if (ms !== undefined) return ms;
  throw new CacheError(
    'INVALID_OPTION',
    `${option} must be a duration (milliseconds of 0 or more, or a string such as '5m'; units ms, s, m, h, d), got ${shown(duration)}`,
  );
}
