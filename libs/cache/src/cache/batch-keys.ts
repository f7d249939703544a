import { CacheError } from '../contracts/errors.js';
import { KeyedCall } from './keyed-call.js';
import type { RegionRuntime } from './requests.js';

type Args = readonly unknown[];

/** A key of a batch; without a canonical form it has no call, and nobody can tell whether another is the same. */
export interface BatchKey {
  readonly args: Args;
  readonly call: KeyedCall | undefined;
}

/** The keys of a batch, each once however often it was asked for, and where its value belongs. */
export class BatchKeys {
  readonly unique: BatchKey[] = [];
  /** For each place in the caller's list, which of the unique keys it holds. */
  readonly #places: number[] = [];

  private constructor(region: RegionRuntime, keys: readonly Args[]) {
    const known = new Map<string, number>();
    for (const args of keys) {
      const call = KeyedCall.find(region, args);
      const place = call && known.get(call.key);
      if (place !== undefined) {
        this.#places.push(place);
        continue;
      }
      if (call !== undefined) known.set(call.key, this.unique.length);
      this.#places.push(this.unique.length);
      this.unique.push({ args, call });
    }
  }

  /** @throws CacheError `INVALID_OPTION` unless `keys` is a list of argument lists. */
  static of(region: RegionRuntime, keys: unknown): BatchKeys {
    if (!Array.isArray(keys)) throw notAList(`the keys are ${kindOf(keys)}`);
    const wrong = keys.findIndex((key) => !Array.isArray(key));
    if (wrong >= 0) throw notAList(`key ${wrong + 1} is ${kindOf(keys[wrong])}`);
    return new BatchKeys(region, keys as readonly Args[]);
  }

  /** The values of the unique keys in the order in which the caller asked. */
  inOrder(values: readonly unknown[]): unknown[] {
    return this.#places.map((place) => values[place]);
  }
}

function notAList(got: string): CacheError {
  return new CacheError(
    'INVALID_OPTION',
    `the keys of a batch are a list of argument lists, such as [['a'], ['b']]; ${got}`,
  );
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `of type ${typeof value}`;
}
