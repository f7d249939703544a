import type { Flight } from '../flight/flights.js';
import { Seat } from '../flight/flights.js';
import { Wanted } from './batch-loader.js';
import type { Permit } from './clearance.js';
import { WAITED } from './clearance.js';
import { KeyedCall } from './keyed-call.js';
import type { Found } from './reader.js';
import type { Landing, LoadRequest, RegionRuntime, Running } from './requests.js';
import type { Trip } from './trip.js';
import type { CheckedSource } from './warm-source.js';

type Args = readonly unknown[];

/** How the load of a key has ended. */
type Ended = { readonly kind: 'loaded' } | { readonly kind: 'failed'; readonly error: unknown };

/** One key that is to be warm: what was found of it, and how its load ended. */
export class Errand {
  readonly wanted: Wanted;
  /** `undefined` where the arguments have no canonical form, or their tags cannot be told. */
  readonly request: LoadRequest | undefined;
  ended: Ended | undefined;
  /** Takes an error that its flight ended with, if its loader did not: it took too long. */
  readonly pilot = new Seat(
    () => undefined,
    (error) => (this.ended = { kind: 'failed', error }),
  );
  /** Since when others have loaded it, in monotonic milliseconds. */
  heldSince: number | undefined;

  constructor(
    readonly args: Args,
    region: RegionRuntime,
    { way }: CheckedSource,
  ) {
    this.wanted = new Wanted(args);
    const load =
      way.kind === 'load' ? () => way.load(...args) : (running: Running) => this.wanted.load(running);
    this.request = KeyedCall.find(region, args)?.request((running) => this.#observe(running, load));
  }

  async #observe(running: Running, load: (running: Running) => unknown): Promise<unknown> {
    try {
      const value = await load(running);
      this.ended = { kind: 'loaded' };
      return value;
    } catch (error) {
      this.ended = { kind: 'failed', error };
      throw error;
    }
  }
}

/** A key that was looked for and not found: it is to be loaded on the trip that looked for it, whose marks are the oldest. */
export interface Missing {
  readonly errand: Errand;
  readonly request: LoadRequest;
  readonly trip: Trip;
  readonly found: Found | undefined;
}

/** A missing key that flies. */
export class WarmLeg {
  permit: Permit = WAITED;

  constructor(
    readonly missing: Missing,
    readonly flight: Flight<Landing>,
  ) {}
}
