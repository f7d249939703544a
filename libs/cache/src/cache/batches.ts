import type { LoadCallOptions } from '../contracts/call-options.js';
import { faultOf } from '../contracts/user-fault.js';
import { BatchFlight } from './batch-flight.js';
import type { BatchParts } from './batch-flight.js';
import { BatchKeys } from './batch-keys.js';
import type { LoadMany } from './batch-loader.js';
import { BatchLoader, Wanted } from './batch-loader.js';
import { given, unrevivable } from './given.js';
import { peekNewest } from './newest.js';
import type { RegionRuntime } from './requests.js';

/** Calls for many keys of a region at once, in as many round trips as a call for one. */
export class Batches {
  constructor(private readonly parts: BatchParts) {}

  /**
   * The values of keys, `undefined` where there is none; loads nothing.
   * @throws CacheError `INVALID_OPTION` unless `list` is a list of argument lists.
   */
  async get(region: RegionRuntime, list: unknown): Promise<unknown[]> {
    const keys = BatchKeys.of(region, list);
    return keys.inOrder(await this.#look(region, keys));
  }

  /**
   * The values of keys; those that nobody has are loaded together.
   * @throws CacheError `INVALID_OPTION` unless `list` is a list of argument lists; `WRONG_BATCH` when `load` does not answer
   * with one value per key.
   */
  async getOrLoad(
    region: RegionRuntime,
    list: unknown,
    load: LoadMany,
    options: LoadCallOptions,
  ): Promise<unknown[]> {
    const keys = BatchKeys.of(region, list);
    // all requests first: what a user's function throws here must not leave flights in the air
    const passengers = keys.unique.map(({ args, call }) => {
      const wanted = new Wanted(args);
      const request = call?.request((running) => wanted.load(running), options);
      return { wanted, request: request && { ...request, together: true } };
    });
    const flight = new BatchFlight(this.parts, region, new BatchLoader(load));
    const values = passengers.map((passenger) => flight.board(passenger));
    void flight.fly();
    return keys.inOrder(await Promise.all(values));
  }

  /** One promise for all and none for each: many are read at once, and a promise costs as much as much of the rest. */
  #look(region: RegionRuntime, { unique }: BatchKeys): Promise<unknown[]> {
    const { reads, context, fetchOf } = this.parts;
    const { unit } = context;
    const fetch = fetchOf(region);
    const setting = fetch.setting(region);
    const values = new Array<unknown>(unique.length).fill(undefined);
    return new Promise((resolve, reject) => {
      let open = 1;
      const settle = (at: number, value: unknown) => {
        values[at] = value;
        if (--open === 0) resolve(values);
      };
      unique.forEach(({ call }, at) => {
        if (call === undefined) return;
        const hit = reads.fresh(region, call.key);
        if (hit !== undefined) {
          open++;
          const lost = (error: unknown) => settle(at, unrevivable(region, error));
          return void hit.then((value) => settle(at, value), lost);
        }
        const request = call.peek();
        if (request === undefined) return;
        open++;
        const trip = fetch.trip(request, setting);
        fetch.look(trip, unit, (found) => {
          try {
            const hit = fetch.taken(trip, found, unit);
            if (hit === undefined && region.behind !== undefined)
              return void peekNewest(request).then(
                (value) => settle(at, value),
                (error: unknown) => settle(at, unrevivable(region, error)),
              );
            settle(at, given(region, hit?.held));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(faultOf(error)));
          }
        });
      });
      if (--open === 0) resolve(values);
    });
  }
}
