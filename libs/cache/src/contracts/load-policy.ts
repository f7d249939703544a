import type { Duration } from './duration.js';
import { toMilliseconds } from './duration.js';
import { CacheError } from './errors.js';
import { shown } from './shown.js';

/** When a stale value may answer because its loader failed. */
export interface FailSafeOptions {
  /** Default `true`. */
  readonly enabled?: boolean;
  /** How long after it went stale a value may still answer. Default `'1d'`. */
  readonly maxDuration?: Duration;
  /** After a failure the stale value answers for so long before the loader is tried again. Default `'30s'`. */
  readonly throttle?: Duration;
  /** Whether the stale value may answer in place of this error. Default: always. */
  readonly shouldServe?: (error: unknown) => boolean;
  /**
   * `true`: while no invalidation can reach this process, what it has in memory may still answer in place of an error,
   * although it may have been invalidated elsewhere. Default `false`.
   */
  readonly withoutChannel?: boolean;
}

/**
 * How loads behave: what happens when a loader fails or is slow, and when a value is loaded anew before it is stale. `false`
 * turns off what holds elsewhere.
 */
export interface LoadOptions {
  /** Keep values beyond their `ttl`, to answer from when the loader fails. Evicted ones never answer. Default `false`. */
  readonly failSafe?: boolean | FailSafeOptions;
  /**
   * How long a caller waits for the loader where a stale value is there; then that one answers, and the load goes on. `0`: at
   * once (stale-while-revalidate). Needs `failSafe`. Default: as long as it takes.
   */
  readonly softTimeout?: Duration | false;
  /** How long a loader may take. Then its signal is aborted, and callers get the stale value or a CacheError `LOAD_TIMEOUT`. Default: no limit. */
  readonly hardTimeout?: Duration | false;
  /** `true`: a load that has overrun its `hardTimeout` is not aborted, and what it brings is stored if nothing came between. Default `false`. */
  readonly completeInBackground?: boolean;
  /** The share of its `ttl` after which the next hit loads a value anew in the background: above 0, below 1. Default: none. */
  readonly eagerRefresh?: number | false;
  /**
   * How eagerly a value is loaded anew by chance before it is stale, the more probably the longer its load took and the closer
   * its end: XFetch, where 1 is the usual choice (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
   * Prevention, VLDB 2015). Default 0: never.
   */
  readonly beta?: number;
  /** By which share at most a `ttl` is shortened by chance, so that what was loaded together does not end together: 0 to 1. Default 0. */
  readonly jitter?: number;
}

/** Fail-safe as the engine uses it. Durations in milliseconds. */
export interface FailSafe {
  readonly maxDurationMs: number;
  readonly throttleMs: number;
  readonly shouldServe: ((error: unknown) => boolean) | undefined;
  readonly withoutChannel: boolean;
}

/** How loads behave, every option resolved. Durations in milliseconds. */
export interface LoadPolicy {
  /** `undefined`: it is off. */
  readonly failSafe: FailSafe | undefined;
  /** What it is where it is turned on and no more is said. */
  readonly failSafeTerms: FailSafe;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
  readonly completeInBackground: boolean;
  readonly eagerRefresh: number | undefined;
  readonly beta: number;
  readonly jitter: number;
  /** Whether fresh values may be loaded anew. */
  readonly refreshesAhead: boolean;
}

/** The names of the options, for those who check or pick them. */
export const LOAD_OPTIONS = [
  'failSafe',
  'softTimeout',
  'hardTimeout',
  'completeInBackground',
  'eagerRefresh',
  'beta',
  'jitter',
] as const satisfies readonly (keyof LoadOptions)[];

/** How long the loader is left alone after it failed. */
export const DEFAULT_THROTTLE_MS = 30_000;

/** Nothing but the loader decides: no stale values, no time limit, no refresh ahead of time. */
export const PLAIN_LOADS: LoadPolicy = {
  failSafe: undefined,
  failSafeTerms: {
    maxDurationMs: 86_400_000,
    throttleMs: DEFAULT_THROTTLE_MS,
    shouldServe: undefined,
    withoutChannel: false,
  },
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
  completeInBackground: false,
  eagerRefresh: undefined,
  beta: 0,
  jitter: 0,
  refreshesAhead: false,
};

const FAIL_SAFE_OPTIONS = ['enabled', 'maxDuration', 'throttle', 'shouldServe', 'withoutChannel'];
/**
 * The policy that some options make of another one, which holds where they say nothing.
 * @throws CacheError `INVALID_OPTION` that names the option and where it stands.
 */
export function loadPolicy(options: LoadOptions, base: LoadPolicy, where: string): LoadPolicy {
  const of = (name: string) => `${name} of ${where}`;
  const eagerRefresh = given(options.eagerRefresh, base.eagerRefresh, (value) =>
    share(value, of('eagerRefresh')),
  );
  const beta = amount(options.beta, of('beta')) ?? base.beta;
  const background = flag(options.completeInBackground, of('completeInBackground'));
  const policy: LoadPolicy = {
    ...failSafe(options.failSafe, base, of('failSafe')),
    softTimeoutMs: given(options.softTimeout, base.softTimeoutMs, (value) =>
      toMilliseconds(value, of('softTimeout')),
    ),
    hardTimeoutMs: given(options.hardTimeout, base.hardTimeoutMs, (value) => limit(value, of('hardTimeout'))),
    completeInBackground: background ?? base.completeInBackground,
    eagerRefresh,
    beta,
    refreshesAhead: eagerRefresh !== undefined || beta > 0,
    jitter: share(options.jitter, of('jitter'), 'closed') ?? base.jitter,
  };
  if (
    typeof options.softTimeout !== 'undefined' &&
    options.softTimeout !== false &&
    policy.failSafe === undefined
  )
    throw invalid(`${of('softTimeout')} needs failSafe, which keeps the stale values that it answers with`);
  return policy;
}

/** An option that may be left out, or turned off with `false`. */
function given<T, R>(
  value: T | false | undefined,
  otherwise: R | undefined,
  read: (value: T) => R | undefined,
) {
  if (value === undefined) return otherwise;
  return value === false ? undefined : read(value);
}

/** How long beyond its `ttl` an entry is kept, in milliseconds. */
export function graceMs({ failSafe: safe }: LoadPolicy): number {
  return safe?.maxDurationMs ?? 0;
}

function failSafe(option: unknown, base: LoadPolicy, where: string) {
  const { failSafeTerms } = base;
  if (option === undefined) return { failSafe: base.failSafe, failSafeTerms };
  if (option === false) return { failSafe: undefined, failSafeTerms };
  const options = option === true ? {} : checkedFailSafe(option, where);
  const ms = (name: 'maxDuration' | 'throttle', otherwise: number) =>
    options[name] === undefined ? otherwise : toMilliseconds(options[name], `${name} in ${where}`);
  const terms: FailSafe = {
    maxDurationMs: ms('maxDuration', failSafeTerms.maxDurationMs),
    throttleMs: ms('throttle', failSafeTerms.throttleMs),
    shouldServe: options.shouldServe ?? failSafeTerms.shouldServe,
    withoutChannel:
      flag(options.withoutChannel, `withoutChannel in ${where}`) ?? failSafeTerms.withoutChannel,
  };
  const enabled = flag(options.enabled, `enabled in ${where}`) !== false;
  return { failSafe: enabled ? terms : undefined, failSafeTerms: terms };
}

function checkedFailSafe(given: unknown, where: string): FailSafeOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(`${where} must be true, false or an object, got ${shown(given)}`);
  const unknown = Object.keys(given).find((name) => !FAIL_SAFE_OPTIONS.includes(name));
  if (unknown !== undefined)
    throw invalid(`${unknown} is no option of ${where}; there are ${FAIL_SAFE_OPTIONS.join(', ')}`);
  const options: FailSafeOptions = given;
  if (options.shouldServe !== undefined && typeof options.shouldServe !== 'function')
    throw invalid(`shouldServe in ${where} must be a function, got ${shown(options.shouldServe)}`);
  return options;
}

function flag(value: unknown, where: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`${where} must be true or false, got ${shown(value)}`);
}

/** A time that a loader is given. */
function limit(value: unknown, where: string): number {
  const ms = toMilliseconds(value, where);
  if (ms > 0) return ms;
  throw invalid(`${where} must be a duration above 0, or false for no limit, got ${shown(value)}`);
}

function amount(value: unknown, where: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0))
    return value;
  throw invalid(`${where} must be a number of 0 or more, got ${shown(value)}`);
}

/** A share above 0 and below 1; `closed`: 0 and 1 as well. */
function share(value: unknown, where: string, range: 'open' | 'closed' = 'open'): number | undefined {
  if (value === undefined) return undefined;
  const fits =
    typeof value === 'number' && (range === 'closed' ? value >= 0 && value <= 1 : value > 0 && value < 1);
  if (fits) return value;
  const allowed = range === 'closed' ? 'from 0 to 1' : 'above 0 and below 1';
  throw invalid(`${where} must be a number ${allowed}, got ${shown(value)}`);
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message);
}
