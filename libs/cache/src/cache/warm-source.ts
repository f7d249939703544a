import { CacheError } from '../contracts/errors.js';
import { shown } from '../contracts/shown.js';
import type { LoadMany } from './batch-loader.js';
import type { RegionRuntime } from './requests.js';

type Load = (...args: readonly unknown[]) => unknown;

/** How the values of a source are loaded. */
export type WarmWay =
  | { readonly kind: 'load'; readonly load: Load }
  | { readonly kind: 'many'; readonly loadMany: LoadMany; readonly batch: number }
  | { readonly kind: 'through'; readonly through: Load };

/** A source as warming uses it. */
export interface CheckedSource {
  readonly region: RegionRuntime;
  readonly keys: unknown;
  readonly way: WarmWay;
}

const DEFAULT_BATCH = 100;
/** As many as one step with the server takes. */
const MAX_BATCH = 200;

/** @throws CacheError `INVALID_OPTION` unless it is a source: keys, and one way to load. */
export function checkedSource(region: RegionRuntime, source: unknown): CheckedSource {
  if (typeof source !== 'object' || source === null) throw invalid(region, 'must be an object', source);
  const { keys } = source as Record<string, unknown>;
  const isList = typeof keys === 'function' || (typeof keys === 'object' && keys !== null);
  if (!isList) throw invalid(region, 'needs keys, a list or a function that gives one', keys);
  return { region, keys, way: wayOf(region, source as Record<string, unknown>) };
}

function wayOf(region: RegionRuntime, source: Record<string, unknown>): WarmWay {
  const ways = ['load', 'loadMany', 'through'].filter((name) => source[name] !== undefined);
  const [name = ''] = ways;
  const load = source[name];
  if (ways.length !== 1 || typeof load !== 'function')
    throw invalid(region, 'needs one function of load, loadMany and through', load ?? ways);
  if (name === 'load') return { kind: 'load', load: load as Load };
  if (name === 'through') return { kind: 'through', through: load as Load };
  return { kind: 'many', loadMany: load as LoadMany, batch: batchOf(region, source) };
}

function batchOf(region: RegionRuntime, { batch = DEFAULT_BATCH }: Record<string, unknown>): number {
  const is = typeof batch === 'number' && Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH;
  if (!is) throw invalid(region, `needs a batch of 1 to ${MAX_BATCH}`, batch);
  return batch;
}

function invalid({ name }: RegionRuntime, what: string, got: unknown): CacheError {
  return new CacheError('INVALID_OPTION', `a source to warm the region '${name}' ${what}, got ${shown(got)}`);
}
