import { hash32 } from '../contracts/hash.js';

/** Lists of flights; a power of two. */
const BUCKETS = 1024;

/** A flight on the list of its bucket. */
interface Listed<T> {
  readonly key: string;
  flight: Flight<T>;
  next: Listed<T> | undefined;
}

/** Whether a caller that arrives now may still join a flight. */
export interface Validity {
  /** `false` once something its load depends on was invalidated. */
  stillGood(): boolean;
  /**
   * Whether the answer may be handed to somebody who comes now (monotonic milliseconds): either the channel proves that no
   * invalidation since the first question went unheard, or the answer itself is young. In a process that was stopped, or
   * cut off while a slow loader ran, neither holds.
   */
  vouched(now: number): boolean;
}

/**
 * How the caller that flies gets its answer. A class, like all that is made for every read: of object literals the engine
 * remembers where they are made, and takes those of a cold start, which live long, for a sign that all of them will.
 */
export class Seat {
  constructor(
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}
}

/** Something to go on with while a flight goes on. */
export interface Offer<T> {
  readonly landing: T;
  /** The value for the pilot. */
  readonly value: unknown;
  /** Whether it may still answer those who come now. */
  stands(): boolean;
}

/**
 * One load in the air in this process, with the caller that flies it and those who joined.
 * The pilot gets the answer as soon as there is a value, the others when the flight has landed. Their promise is made when
 * the first of them comes: most flights have none, and this is the way of every read from Redis.
 */
export class Flight<T> {
  #landing: T | undefined;
  #failure: { readonly error: unknown } | undefined;
  #offer: Offer<T> | undefined;
  #answered = false;
  #ended = false;
  #joined: Resolvers<T> | undefined;
  #end: Resolvers<void> | undefined;

  constructor(
    readonly validity: Validity,
    private readonly pilot: Seat,
    private readonly onEnd: (() => void) | undefined,
  ) {}

  /** Whether the pilot has an answer. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Whether somebody has joined. */
  get isJoined(): boolean {
    return this.#joined !== undefined;
  }

  /** Hands the pilot the answer; the flight goes on until the fill was answered. */
  answer(value: unknown): void {
    this.#answered = true;
    this.pilot.resolve(value);
  }

  /**
   * Hands everybody aboard, and whoever joins later for as long as it stands, something to go on with: the load is not
   * waited for any more.
   */
  offer(offer: Offer<T>): void {
    this.answer(offer.value);
    this.#offer = offer;
    this.#joined?.resolve(offer.landing);
    this.#joined = undefined;
  }

  land(landing: T): void {
    this.#finish();
    if (this.#failure !== undefined) return;
    this.#landing ??= landing;
    this.#joined?.resolve(this.#landing);
  }

  fail(error: unknown): void {
    this.#finish();
    this.#answered = true;
    this.pilot.reject(error);
    if (this.#landing !== undefined) return;
    this.#failure ??= { error };
    this.#joined?.reject(this.#failure.error);
  }

  /** The landing, for a caller that joins. */
  join(): Promise<T> {
    if (this.#joined !== undefined) return this.#joined.promise;
    if (!this.#ended && this.#offer?.stands() === true) return Promise.resolve(this.#offer.landing);
    const joined = withResolvers<T>();
    this.#joined = joined;
    if (this.#failure !== undefined) joined.reject(this.#failure.error);
    else if (this.#landing !== undefined) joined.resolve(this.#landing);
    return joined.promise;
  }

  /** Resolves when the flight has ended, whatever came of it. */
  ended(): Promise<void> {
    this.#end ??= withResolvers<void>();
    if (this.#ended) this.#end.resolve();
    return this.#end.promise;
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd?.();
    this.#end?.resolve();
  }
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/**
 * The flights of this process by key: a caller that finds one joins it instead of loading again.
 * A table of our own, because entries come and go with every read from Redis: each time a Map makes itself anew, its old
 * table points to the next, and once the garbage collector has moved one to the old generation all that follow survive
 * with everything in them.
 */
export class Flights<T> {
  readonly #buckets: (Listed<T> | undefined)[] = new Array<undefined>(BUCKETS).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The flight a caller may join now, if there is one. */
  find(key: string): Flight<T> | undefined {
    const flight = this.#listed(hash32(key) & (BUCKETS - 1), key)?.flight;
    return flight?.validity.stillGood() === true ? flight : undefined;
  }

  /** Lists a flight for others to join; it takes itself off the list when it lands, unless another took its place. */
  start(key: string, validity: Validity, pilot: Seat): Flight<T> {
    const bucket = hash32(key) & (BUCKETS - 1);
    const flight: Flight<T> = new Flight<T>(validity, pilot, () => this.#remove(bucket, key, flight));
    const listed = this.#listed(bucket, key);
    if (listed !== undefined) listed.flight = flight;
    else {
      this.#buckets[bucket] = { key, flight, next: this.#buckets[bucket] };
      this.#size++;
    }
    return flight;
  }

  /** A flight that nobody can join. */
  alone(validity: Validity, pilot: Seat): Flight<T> {
    return new Flight<T>(validity, pilot, undefined);
  }

  /** Whoever comes now starts a flight of their own; those aboard still get what was loaded. */
  forget(key: string): void {
    this.#remove(hash32(key) & (BUCKETS - 1), key, undefined);
  }

  forgetAll(): void {
    this.#buckets.fill(undefined);
    this.#size = 0;
  }

  /** Resolves when every flight that is in the air now has ended, whatever came of it. */
  async settled(): Promise<void> {
    const ends: Promise<void>[] = [];
    for (const first of this.#buckets) {
      for (let at = first; at !== undefined; at = at.next) ends.push(at.flight.ended());
    }
    await Promise.all(ends);
  }

  #listed(bucket: number, key: string): Listed<T> | undefined {
    let at = this.#buckets[bucket];
    while (at !== undefined && at.key !== key) at = at.next;
    return at;
  }

  /** Takes a key off the list, if it still belongs to `flight` (or to any, if that is not said). */
  #remove(bucket: number, key: string, flight: Flight<T> | undefined): void {
    let before: Listed<T> | undefined;
    for (let at = this.#buckets[bucket]; at !== undefined; before = at, at = at.next) {
      if (at.key !== key) continue;
      if (flight !== undefined && at.flight !== flight) return;
      if (before === undefined) this.#buckets[bucket] = at.next;
      else before.next = at.next;
      this.#size--;
      return;
    }
  }
}
