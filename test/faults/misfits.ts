import { defineRegions, region } from 'nuthatch';
import { atMost, below, none } from './bars.js';
import type { Bar } from './bars.js';
import { loopDelay } from './loop-delay.js';
import type { Scenario } from './scenario.js';
import type { Subject } from './subject.js';

const LONGEST_DELAY_MS = 100;
const ATTEMPTS = 3;
const MANY = 64 * 1_048_576;
const LEVELS = 100_000;

const misfits = defineRegions('misfits', {
  json: region<[what: string], unknown>({ codec: 'json' }),
  msgpack: region<[what: string], unknown>({ codec: 'msgpack' }),
  v8: region<[what: string], unknown>({ codec: 'v8' }),
});

/** What loaders may bring, by mistake, and no cache should walk through. */
const RESULTS: Readonly<Record<string, () => unknown>> = {
  '64 MB of text': () => 'x'.repeat(MANY),
  '64 MB of pairs of surrogates': () => '\ud83d\udc26'.repeat(MANY / 2),
  '64 MB inside of something': () => ({ rows: [{ text: 'x'.repeat(MANY) }] }),
  'a name of 64 MB': () => ({ ['x'.repeat(MANY)]: 1 }),
  'a Buffer of 64 MB': () => Buffer.alloc(MANY),
  'arrays in arrays': () => nested((inner) => [inner]),
  'objects in objects': () => nested((inner) => ({ inner })),
  'maps in maps': () => nested((inner) => new Map([[1, inner]])),
  itself: () => {
    const value: Record<string, unknown> = {};
    value.itself = value;
    return value;
  },
  'itself many times': () => {
    const value: unknown[] = [];
    for (let i = 0; i < 1_000; i++) value.push(value);
    return value;
  },
};

export const unstorable: Scenario = {
  name: 'unstorable-results',
  about: 'loaders bring what cannot be kept: 64 MB, 100,000 levels, cycles',
  run: async (world) => {
    const redis = await world.redis();
    const subject = await world.subject({ redis: { url: redis.url } });
    const traffic = await world.warmTraffic(subject, { perSecond: 200 });
    const bars: Bar[] = [];
    for (const [what, make] of Object.entries(RESULTS)) bars.push(...(await bring(subject, what, make())));
    await world.wait(2_000, 2_000);
    return { traffic, bars: [...bars, none('keys of them in Redis', await keysOf(redis))] };
  },
};

/** One result, brought to regions of every codec. */
async function bring(subject: Subject, what: string, value: unknown): Promise<Bar[]> {
  const { cache } = subject;
  const refused = async () => (await subject.stats()).values.unstored.refused;
  const before = await refused();
  let [delayMs, calls, strangers] = [Infinity, 0, 0];
  for (let attempt = 0; attempt < ATTEMPTS && delayMs >= LONGEST_DELAY_MS; attempt++) {
    const { ownMs } = await loopDelay(async () => {
      for (const kept of Object.values(misfits)) {
        calls++;
        if ((await cache.getOrSet(kept, [what], () => value)) !== value) strangers++;
      }
    });
    delayMs = ownMs;
  }
  return [
    below(`event loop still at ${what}, ms`, delayMs, LONGEST_DELAY_MS, 'time'),
    none(`callers who were not given what was loaded: ${what}`, strangers),
    atMost(`not refused or not counted: ${what}`, calls - ((await refused()) - before), 0),
  ];
}

function nested(around: (inner: unknown) => unknown): unknown {
  let value: unknown = null;
  for (let i = 0; i < LEVELS; i++) value = around(value);
  return value;
}

async function keysOf(redis: { command(...args: string[]): Promise<string> }): Promise<number> {
  return (await redis.command('KEYS', '*:v:*misfits*')).split('\n').filter(Boolean).length;
}
