import type { Duration } from './duration.js';
import { CacheError } from './errors.js';
import { ScopedStorage } from './scoped-storage.js';

/** What a loader may ask and say while it runs; it is also handed to the loader of `getOrSet`. */
export interface LoadContext<V = unknown> {
  /** Aborted when nobody wants the result any more: the `hardTimeout` is over. */
  readonly signal: AbortSignal;
  /** The value that is about to be replaced, `undefined` where there is none: for conditional requests. */
  readonly stale: V | undefined;
  /**
   * How long this value is to be fresh, instead of the region's or decorator's `ttl`.
   * @throws CacheError `INVALID_OPTION`
   */
  ttl(duration: Duration): void;
  /**
   * Adds tags to this value. A region whose loads do this is slower by a question, from its second load on; the first is not
   * kept, for nobody knows whether its tags were invalidated while it ran. Prefer `tags` or `resultTags` where they will do.
   * @throws CacheError `INVALID_OPTION`
   */
  tags(...tags: readonly string[]): void;
  /** The result is handed on but not kept. */
  skip(): void;
  /**
   * The stale value, to be returned by the loader: the source says that it has not changed, and it gets a new life.
   * @throws CacheError `NOTHING_STALE` where `stale` is `undefined`.
   */
  notModified(): V;
}

/** The load that runs in this asynchronous context; entered only by loads. */
export const runningLoads = new ScopedStorage<LoadContext>();

/** What loaders are given where they run without the cache: what they say is said to nobody. */
const UNCACHED: LoadContext = {
  // one for each who asks: listeners that were added to a shared one would add up
  get signal() {
    return new AbortController().signal;
  },
  stale: undefined,
  ttl: () => undefined,
  tags: () => undefined,
  skip: () => undefined,
  notModified: () => {
    throw nothingStale();
  },
};

/**
 * The context of the load that is running: inside a method with `@Cacheable`, or a loader, that runs because its value is not
 * in the cache. Anywhere else, and where the method runs without the cache, one that ignores what it is told.
 *
 * @example
 * ```ts
 * @Cacheable(community.metadata)
 * async findOne(id: string): Promise<CommunityMetadata> {
 *   const { signal, stale, notModified } = cacheContext<CommunityMetadata>();
 *   const answer = await fetch(url(id), { signal, headers: { 'if-none-match': stale?.etag ?? '' } });
 *   return answer.status === 304 ? notModified() : read(answer);
 * }
 * ```
 */
export function cacheContext<V = unknown>(): LoadContext<V> {
  return (runningLoads.current ?? UNCACHED) as LoadContext<V>;
}

/** Runs what goes without the cache: what it says is not said of the load that it may be inside of. */
export async function uncached<T>(run: (context: LoadContext) => Promise<T> | T): Promise<T> {
  if (runningLoads.current === undefined) return run(UNCACHED);
  return runningLoads.run(UNCACHED, async () => run(UNCACHED));
}

/** The error of a loader that says that nothing has changed where there is nothing. */
export function nothingStale(): CacheError {
  return new CacheError(
    'NOTHING_STALE',
    'notModified() was called although no stale value is there; look at `stale` first',
  );
}
