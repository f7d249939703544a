import type { Contribution, Counts } from '../contracts/derived.js';
import type { Numbers } from '../contracts/derived-store.js';
import { CacheError } from '../contracts/errors.js';
import { shown } from '../contracts/shown.js';
import { addMagnitudes, magnitudeOf } from '../tiers/magnitude.js';
import type { StructureRuntime } from './structures.js';

const MAX_NAME = 200;
/** In UTF-8 they would all become the same. */
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * What somebody says of counters: whole numbers by name, those of nothing left out. `lowest`: what none may be below.
 * @throws CacheError `INVALID_OPTION`
 */
export function countsOf(runtime: StructureRuntime, said: Counts, lowest: number): Map<string, number> {
  if (typeof said !== 'object' || (said as unknown) === null)
    throw invalid(runtime, `counts must be an object of whole numbers, got ${shown(said)}`);
  const numbers = new Map<string, number>();
  for (const [name, number] of Object.entries(said)) {
    assertName(runtime, name);
    if (!Number.isSafeInteger(number) || number < lowest)
      throw invalid(
        runtime,
        `a count must be a whole number${lowest === 0 ? ' of 0 or more' : ''}, got ${shown(number)}`,
      );
    if (number !== 0) numbers.set(name, number);
  }
  return numbers;
}

/**
 * What somebody says of a ranking, as magnitudes; what is said of one member several times adds up.
 * @throws CacheError `INVALID_OPTION`
 */
export function magnitudesOf(runtime: StructureRuntime, said: Iterable<Contribution>): Map<string, number> {
  if (typeof (Object(said) as Partial<Iterable<Contribution>>)[Symbol.iterator] !== 'function')
    throw invalid(runtime, `contributions must be a list, got ${shown(said)}`);
  const numbers = new Map<string, number>();
  for (const { member, weight = 1, at } of said) {
    assertName(runtime, member);
    const atMs = Number(at);
    if (!Number.isFinite(weight) || weight <= 0 || !Number.isFinite(atMs))
      throw invalid(
        runtime,
        `a contribution needs a weight above 0 and a time, got ${shown({ weight, at })}`,
      );
    numbers.set(member, addMagnitudes(numbers.get(member), magnitudeOf(weight, atMs, runtime.halfLifeMs)));
  }
  return numbers;
}

function assertName(runtime: StructureRuntime, name: unknown): void {
  const fits = typeof name === 'string' && name.length <= MAX_NAME && !LONE_SURROGATE.test(name);
  if (!fits) throw invalid(runtime, `a name must be a text of at most ${MAX_NAME} characters`);
}

/** Counts as they are given to callers: without a prototype, for a name may be any text. */
export function asCounts(numbers: Numbers): Counts {
  const counts = Object.create(null) as Record<string, number>;
  for (const [name, number] of numbers) counts[name] = number;
  return Object.freeze(counts);
}

function invalid({ name }: StructureRuntime, message: string): CacheError {
  return new CacheError('INVALID_OPTION', `'${name}': ${message}`);
}
