import type { BehindTerms, HandlerOptions, HandlerTerms } from './behind-handler.js';
import { toMilliseconds } from './duration.js';
import { CacheError } from './errors.js';
import { shown } from './shown.js';
import type { Durability, RegionWriteBehind, WhenFull } from './write-behind.js';

/** What holds for regions with write-behind that do not say otherwise. */
export type BehindDefaults = Omit<BehindTerms, 'kind'>;

const DURABILITIES: readonly Durability[] = ['memory', 'replicated', 'fsync', 'none'];
const WHEN_FULL: readonly WhenFull[] = ['reject', 'block', 'through'];
const KINDS: readonly BehindTerms['kind'][] = ['state', 'delta'];
const OPTIONS = ['kind', 'durability', 'partitions', 'maxDepth', 'whenFull', 'blockFor'];
const HANDLER_OPTIONS = ['batch', 'maxDelay', 'coalesce', 'attempts', 'permanent'];
export const MAX_PARTITIONS = 64;
const MAX_BATCH = 10_000;

/**
 * The terms of a region's `writeBehind`. They are checked where regions are, so that a wrong one stops the boot.
 * @throws CacheError `INVALID_OPTION` that names the region and the option.
 */
export function behindTerms(given: unknown, defaults: BehindDefaults, region: string): BehindTerms {
  const where = (name: string) => `writeBehind.${name} of the region '${region}'`;
  const options = optionsOf<RegionWriteBehind>(given === true ? {} : given, OPTIONS, {
    what: `writeBehind of the region '${region}'`,
    allowed: 'true or an object',
  });
  const { kind = 'state', blockFor } = options;
  oneOf(kind, KINDS, where('kind'));
  const terms = { ...defaults, ...withoutUndefined(options), kind };
  oneOf(terms.durability, DURABILITIES, where('durability'));
  oneOf(terms.whenFull, WHEN_FULL, where('whenFull'));
  within(terms.partitions, MAX_PARTITIONS, where('partitions'));
  within(terms.maxDepth, Number.MAX_SAFE_INTEGER, where('maxDepth'));
  const { durability, partitions, maxDepth, whenFull } = terms;
  if (kind === 'delta' && options.whenFull === 'through')
    throw invalid(
      `${where('whenFull')} cannot be 'through' for deltas: one that goes directly would overtake others`,
    );
  const blockForMs =
    blockFor === undefined ? defaults.blockForMs : toMilliseconds(blockFor, where('blockFor'));
  // a default that deltas cannot have gives way to the nearest that they can
  const full = kind === 'delta' && whenFull === 'through' ? 'block' : whenFull;
  return { kind, durability, partitions, maxDepth, whenFull: full, blockForMs };
}

/**
 * The terms of a handler.
 * @throws CacheError `INVALID_OPTION` that names the handler and the option.
 */
export function handlerTerms(given: unknown, kind: BehindTerms['kind'], handler: string): HandlerTerms {
  const where = (name: string) => `${name} of @WriteBehindHandler on ${handler}`;
  const options = optionsOf<HandlerOptions>(given ?? {}, HANDLER_OPTIONS, {
    what: `the options of @WriteBehindHandler on ${handler}`,
    allowed: 'an object',
  });
  const defaults = {
    batch: 500,
    maxDelay: 200,
    coalesce: kind === 'state',
    attempts: 8,
    permanent: undefined,
  };
  const { batch, maxDelay, coalesce, attempts, permanent } = { ...defaults, ...withoutUndefined(options) };
  within(batch, MAX_BATCH, where('batch'));
  within(attempts, Number.MAX_SAFE_INTEGER, where('attempts'));
  if (typeof coalesce !== 'boolean') throw invalid(`${where('coalesce')} must be true or false`);
  if (coalesce && kind === 'delta')
    throw invalid(`${where('coalesce')} cannot be true for deltas: each of them must reach the database`);
  if (permanent !== undefined && typeof permanent !== 'function')
    throw invalid(`${where('permanent')} must be a function`);
  return { batch, maxDelayMs: toMilliseconds(maxDelay, where('maxDelay')), coalesce, attempts, permanent };
}

/** What an option stands for, for people. */
interface Meant {
  readonly what: string;
  readonly allowed: string;
}

function optionsOf<T>(given: unknown, known: readonly string[], { what, allowed }: Meant): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(`${what} must be ${allowed}, got ${shown(given)}`);
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined) throw invalid(`${what} has no option '${odd}'; the options are ${known.join(', ')}`);
  return given as T;
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

function oneOf(value: unknown, allowed: readonly string[], where: string): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  throw invalid(`${where} must be one of ${allowed.join(', ')}, got ${shown(value)}`);
}

function within(value: unknown, max: number, where: string): void {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= max) return;
  const range =
    max === Number.MAX_SAFE_INTEGER ? 'a whole number of at least 1' : `a whole number from 1 to ${max}`;
  throw invalid(`${where} must be ${range}, got ${shown(value)}`);
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message);
}
