import { CacheError } from '../contracts/errors.js';
import type { AnyRegion } from '../contracts/region.js';
import type { Confirmation } from '../contracts/store.js';
import type { WarmOptions } from '../contracts/warming.js';

/**
 * What TypeScript would have refused, in the words of the caller; JavaScript would say "undefined is not a function".
 * Only its kind is named: it may be a key or a value that stands in the wrong place.
 */
function assertIs(is: boolean, what: string, got: unknown): void {
  if (is) return;
  const isAbsent = got === undefined || got === null;
  throw new CacheError('INVALID_OPTION', `${what}, got ${isAbsent ? String(got) : `another ${typeof got}`}`);
}

/** @throws CacheError `INVALID_OPTION` unless it is a region. */
export function assertRegion(region: unknown): asserts region is AnyRegion {
  // not by its class: it may come from another installed copy of this package
  const { name, options } = Object(region) as Partial<AnyRegion>;
  const is = typeof name === 'string' && typeof options === 'object';
  assertIs(is, 'a region is given as its object or by name', region);
}

/** @throws CacheError `INVALID_OPTION` unless it is a function. */
export function assertFunction(fn: unknown, what: string): void {
  assertIs(typeof fn === 'function', `${what} must be a function`, fn);
}

/** The options of a call. @throws CacheError `INVALID_OPTION` unless it is an object. */
export function callOptions<T extends object>(options: T): T {
  assertIs(
    typeof options === 'object' && (options as unknown) !== null,
    'options must be an object',
    options,
  );
  return options;
}

/** How sure an invalidation must be. @throws CacheError `INVALID_OPTION` unless `confirm` is one of its values. */
export function confirmation(given: { readonly confirm?: Confirmation }): Confirmation | undefined {
  const { confirm } = callOptions(given);
  assertIs(confirm === undefined || confirm === 'replicated', "confirm must be 'replicated'", confirm);
  return confirm;
}

/** @throws CacheError `INVALID_OPTION` unless it is a list of lists. */
export function assertLists(list: unknown, what: string): void {
  assertIs(
    Array.isArray(list) && list.every((one) => Array.isArray(one)),
    `${what} must be a list of lists`,
    list,
  );
}

/** The options of a warming. @throws CacheError `INVALID_OPTION` */
export function warmOptions(given: WarmOptions): WarmOptions {
  const { concurrency, signal } = callOptions(given);
  const isCount = concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1);
  assertIs(isCount, 'concurrency must be an integer of at least 1', concurrency);
  const isSignal =
    signal === undefined || typeof (signal as Partial<AbortSignal> | null)?.addEventListener === 'function';
  assertIs(isSignal, 'signal must be an AbortSignal', signal);
  return given;
}
