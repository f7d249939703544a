import type {
  AnyTarget,
  Change,
  ChangeOptions,
  Contribution,
  Counters,
  Ranking,
} from '../contracts/derived.js';
import { toMilliseconds } from '../contracts/duration.js';
import { CacheError } from '../contracts/errors.js';
import { uncached } from '../contracts/load-context.js';
import type { InvalidationOutcome } from '../contracts/outcome.js';
import type {
  CacheOf,
  CountersCache,
  RankingCache,
  RegionCache,
  RegionCaches,
  TopOptions,
} from '../contracts/region-cache.js';
import type { AnyRegion } from '../contracts/region.js';
import type { WarmProgress, Warming } from '../contracts/warming.js';

const confirmed = (): Promise<InvalidationOutcome> => Promise.resolve('confirmed');
const nothing = () => Promise.resolve(undefined);
const no = () => Promise.resolve(false);
const ignore = () => undefined;
const WARMED: WarmProgress = { total: 0, done: 0, loaded: 0, fresh: 0, failed: 0, skipped: 0, regions: {} };
const IGNORES: Change = { add: () => undefined, bump: () => undefined, recount: () => undefined };

/**
 * Regions, counters and rankings of which nothing is kept: every read loads, everything else is done at once. An application
 * that is to run without its cache gives them to its strategies, so that its services stay as they are.
 */
export class UncachedRegions implements RegionCaches {
  region<R extends AnyRegion>(region: R): CacheOf<R> {
    return uncachedRegion(region) as unknown as CacheOf<R>;
  }

  counters<A extends readonly unknown[]>(counters: Counters<A>): CountersCache<A> {
    return { ...structure(counters), counts: async (_args, count) => count() };
  }

  ranking<A extends readonly unknown[]>(ranking: Ranking<A>): RankingCache<A> {
    const halfLifeMs = toMilliseconds(ranking.options.halfLife, 'halfLife');
    return {
      ...structure(ranking),
      top: async (_args, contributions, options) => topOf(await contributions(), halfLifeMs, options),
    };
  }

  invalidateTags = confirmed;
  isWarmable = (): boolean => false;
  warm = warmNothing;

  async change<T>(
    _targets: readonly AnyTarget[],
    _options: ChangeOptions,
    work: (change: Change) => Promise<T>,
  ): Promise<T> {
    return work(IGNORES);
  }
}

function uncachedRegion(region: AnyRegion): RegionCache<readonly unknown[], unknown> {
  return {
    name: region.name,
    ttlMs: 0,
    get: nothing,
    has: no,
    ttl: nothing,
    getMany: (keys) => Promise.resolve(keys.map(() => undefined)),
    getOrSet: (_args, load) => uncached(load),
    getOrSetMany: async (keys, load) => [...(await uncached((context) => load(keys, context)))],
    write: async (_args, ...given: readonly unknown[]) => written(given),
    writeBehind: () => Promise.reject(noLog(region.name)),
    set: confirmed,
    setMany: confirmed,
    touch: no,
    evict: confirmed,
    evictMany: confirmed,
    expire: confirmed,
    clear: confirmed,
    warmFrom: () => ignore,
    warm: warmNothing,
  };
}

/** What a write gives, in both of its forms. */
async function written([first, second]: readonly unknown[]): Promise<unknown> {
  if (typeof second !== 'function') return (first as () => unknown)();
  const made = await (second as (value: unknown) => unknown)(first);
  return made === undefined ? first : made;
}

/** Without a cache there is neither a log nor a handler that anybody would call: a write must not seem to have happened. */
function noLog(region: string): CacheError {
  return new CacheError(
    'WRITE_BEHIND_UNAVAILABLE',
    `this application runs without its cache (CacheModule.uncached), so '${region}' has no log: write to the database yourself`,
  );
}

/** A warming that has ended: what is loaded would be kept by nobody. */
function warmNothing(): Warming {
  const finished = Promise.resolve({ ...WARMED, outcome: 'complete', ms: 0 } as const);
  const onProgress: Warming['onProgress'] = (listener) => {
    let listens = true;
    void finished.then(() => listens && listener(WARMED)).catch(ignore);
    return () => void (listens = false);
  };
  return { progress: WARMED, finished, onProgress, cancel: ignore };
}

function structure<A extends readonly unknown[]>(one: Counters<A> | Ranking<A>) {
  return { name: one.name, ttlMs: 0, at: (...args: A) => one.at(...args), drop: confirmed };
}

function topOf(contributions: Iterable<Contribution>, halfLifeMs: number, options: TopOptions = {}) {
  const { limit = 10, at: asked = Date.now() } = options;
  const scores = new Map<string, number>();
  for (const { member, weight = 1, at } of contributions) {
    const faded = weight * 2 ** ((Number(at) - Number(asked)) / halfLifeMs);
    scores.set(member, (scores.get(member) ?? 0) + faded);
  }
  const sorted = [...scores].sort(([m, a], [n, b]) => b - a || (m < n ? 1 : -1));
  return sorted.slice(0, limit).map(([member, score]) => ({ member, score }));
}
