/** Whether a caller that arrives now may still join a flight: false once something its load depends on was invalidated. */
export interface Validity {
  stillGood(): boolean;
}

/** How the caller that flies gets its answer. */
export interface Seat {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One load in the air in this process, with the caller that flies it and those who joined.
 * The pilot gets the answer as soon as there is a value, the others when the flight has landed. Their promise is made when
 * the first of them comes: most flights have none, and this is the way of every read from Redis.
 */
export class Flight<T> {
  #landing: T | undefined;
  #failure: { readonly error: unknown } | undefined;
  #joined:
    { promise: Promise<T>; resolve: (landing: T) => void; reject: (error: unknown) => void } | undefined;

  constructor(
    readonly validity: Validity,
    private readonly pilot: Seat,
    private readonly onLanding: (() => void) | undefined,
  ) {}

  /** Hands the pilot the answer; the flight goes on until the fill was answered. */
  answer(value: Promise<unknown>): void {
    this.pilot.resolve(value);
  }

  land(landing: T): void {
    this.#landing = landing;
    this.onLanding?.();
    this.#joined?.resolve(landing);
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.onLanding?.();
    this.pilot.reject(error);
    this.#joined?.reject(error);
  }

  /** The landing, for a caller that joins. */
  join(): Promise<T> {
    if (this.#joined !== undefined) return this.#joined.promise;
    const { promise, resolve, reject } = withResolvers<T>();
    this.#joined = { promise, resolve, reject };
    if (this.#failure !== undefined) reject(this.#failure.error);
    else if (this.#landing !== undefined) resolve(this.#landing);
    return promise;
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** The flights of this process by key: a caller that finds one joins it instead of loading again. */
export class Flights<T> {
  readonly #inAir = new Map<string, Flight<T>>();

  get size(): number {
    return this.#inAir.size;
  }

  /** The flight a caller may join now, if there is one. */
  find(key: string): Flight<T> | undefined {
    const flight = this.#inAir.get(key);
    return flight?.validity.stillGood() === true ? flight : undefined;
  }

  /** Lists a flight for others to join; it takes itself off the list when it lands, unless another took its place. */
  start(key: string, validity: Validity, pilot: Seat): Flight<T> {
    const flight: Flight<T> = new Flight<T>(validity, pilot, () => {
      if (this.#inAir.get(key) === flight) this.#inAir.delete(key);
    });
    this.#inAir.set(key, flight);
    return flight;
  }

  /** A flight that nobody can join. */
  alone(validity: Validity, pilot: Seat): Flight<T> {
    return new Flight<T>(validity, pilot, undefined);
  }

  /** Whoever comes now starts a flight of their own; those aboard still get what was loaded. */
  forget(key: string): void {
    this.#inAir.delete(key);
  }

  forgetAll(): void {
    this.#inAir.clear();
  }

  /** Resolves when every flight that is in the air now has landed, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#inAir.values()].map((flight) => flight.join()));
  }
}
