import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadContext } from 'nuthatch';
import { defineRegions, isCacheError, region } from 'nuthatch';
import { atLeast, atMost, none } from './bars.js';
import type { Bar } from './bars.js';
import { Load } from './load.js';
import type { Scenario } from './scenario.js';
import type { Subject } from './subject.js';
import type { World } from './world.js';

const KEYS = 20;
const PER_SECOND = 200;
const WAITERS = 50;
const HARD_MS = 200;
const THROTTLE_MS = 1_000;
/** What a timer and a busy machine may add. */
const SLACK_MS = 300;

const options = { ttl: '200ms', hardTimeout: HARD_MS } as const;
const flaky = defineRegions('flaky', {
  /** Has stale values for a failing loader. */
  safe: region<[id: string], string>({ ...options, failSafe: { throttle: THROTTLE_MS } }),
  /** Has nothing but its loader. */
  bare: region<[id: string], string>(options),
});

/** What a loader may do other than answer. */
const MISBEHAVIOURS: Readonly<Record<string, (context: LoadContext) => Promise<string>>> = {
  hangs: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
  throws: () => Promise.reject(new Error('no database')),
  'ignores its signal': async () => {
    await sleep(HARD_MS * 3);
    return 'too late';
  },
};

export const loaders: Scenario = {
  name: 'loaders',
  about: 'the loader hangs, throws, or ignores that it should stop',
  run: async (world) => {
    const redis = await world.redis();
    const subject = await world.subject({ redis: { url: redis.url } });
    await world.wait(500, 500);
    const bars: Bar[] = [];
    const details: Record<string, unknown> = {};
    for (const [what, loader] of Object.entries(MISBEHAVIOURS)) {
      bars.push(...(await without(subject, what, loader)));
      const met = await withStale(world, subject, what, loader);
      bars.push(...met.bars);
      Object.assign(details, met.details);
    }
    return { bars, details };
  },
};

type Loader = (context: LoadContext) => Promise<string>;

/** Many wait for one load that comes to nothing, and there is nothing to give them. */
async function without(subject: Subject, what: string, loader: Loader): Promise<Bar[]> {
  const { cache } = subject;
  const key: [string] = [`cold ${what}`];
  const began = performance.now();
  let loads = 0;
  const waiting = Array.from({ length: WAITERS }, () =>
    cache.getOrSet(flaky.bare, key, (context) => {
      loads++;
      return loader(context);
    }),
  );
  const ends = await Promise.allSettled(waiting);
  const tookMs = performance.now() - began;
  const errors = ends.map((end) => (end.status === 'rejected' ? (end.reason as unknown) : undefined));
  const expected = errors.filter((error) =>
    what === 'throws'
      ? String(error).includes('no database')
      : isCacheError(error) && error.code === 'LOAD_TIMEOUT',
  );
  await sleep(HARD_MS * 3);
  const next = await cache.getOrSet(flaky.bare, key, () => 'well').catch(String);
  return [
    none(`waiters without the right error (${what})`, WAITERS - expected.length),
    atMost(`loads for them (${what})`, loads, 1),
    atMost(`they waited, ms (${what})`, tookMs, HARD_MS + SLACK_MS, 'time'),
    none(`values of a load that was given up (${what})`, next === 'well' ? 0 : 1),
  ];
}

/** Users of values that go stale while the loader misbehaves. */
async function withStale(world: World, { cache }: Subject, what: string, loader: Loader) {
  let [misbehaves, loads, next, wrong, stale] = [false, 0, 0, 0, 0];
  const request = async () => {
    const id = `${what} ${next++ % KEYS}`;
    const value = await cache.getOrSet(flaky.safe, [id], (context) => {
      if (!misbehaves) return id;
      loads++;
      return loader(context);
    });
    if (value !== id) wrong++;
    else if (misbehaves) stale++;
  };
  const load = Load.start(PER_SECOND, request);
  world.ends(() => load.stop());
  await world.wait(1_000, 500);
  load.begin();
  misbehaves = true;
  const began = performance.now();
  await world.wait(5_000, 1_500);
  const periods = Math.ceil((performance.now() - began) / THROTTLE_MS) + 1;
  const loadsThen = loads;
  misbehaves = false;
  await world.wait(THROTTLE_MS + 500, THROTTLE_MS + 500);
  await load.stop();
  const { failed, maxMs, requests } = load.all();
  return {
    details: { [`requests (${what})`]: requests },
    bars: [
      none(`requests that failed where something stale was there (${what})`, failed),
      none(`answers that were not the value (${what})`, wrong),
      atLeast(`answers with what was stale (${what})`, stale, PER_SECOND),
      atMost(`loads of a key per throttle period (${what})`, loadsThen / KEYS / periods, 1),
      atLeast(`loads that were tried at all (${what})`, loadsThen, KEYS),
      atMost(`longest wait with something stale, ms (${what})`, maxMs, HARD_MS + SLACK_MS, 'time'),
    ],
  };
}
