import type { FaultyProxy } from '../support/faulty-proxy.js';
import type { RedisServer } from '../support/redis-server.js';
import { atLeast, atMost, below } from './bars.js';
import type { Bar } from './bars.js';
import type { Scenario } from './scenario.js';
import type { Traffic } from './traffic.js';
import type { World } from './world.js';
import { heapUsed } from './world.js';

/** A Redis behind a proxy, and how it falls silent and speaks again. */
interface Silence {
  begin(redis: RedisServer, proxy: FaultyProxy): void;
  end(redis: RedisServer, proxy: FaultyProxy): void;
}

const FIRST_MS = 1_000;
/** Fewer than the evicts of five silent seconds, after which any connection is given up: those must not pile up either. */
const MAX_IN_FLIGHT = 600;
const MEGABYTE = 1_048_576;

export const frozen: Scenario = {
  name: 'frozen',
  about: 'Redis is stopped (SIGSTOP) for ten seconds, and continued',
  run: (world) => fallSilent(world, { begin: (redis) => redis.freeze(), end: (redis) => redis.thaw() }),
};

export const swallowed: Scenario = {
  name: 'swallowed',
  about: 'the network swallows every byte for ten seconds, and no connection hears of it',
  run: (world) =>
    fallSilent(world, { begin: (_, proxy) => proxy.swallow('both'), end: (_, proxy) => proxy.heal() }),
};

async function fallSilent(world: World, silence: Silence) {
  const redis = await world.redis();
  const proxy = await world.proxy(redis);
  const options = { redis: { url: proxy.url }, maxCommandsInFlight: MAX_IN_FLIGHT };
  const subject = await world.subject(options);
  const traffic = await world.warmTraffic(subject, { writesPerSecond: 150 });
  const gauge = world.gauge(subject);
  const heapBefore = heapUsed();

  const silentAt = performance.now();
  silence.begin(redis, proxy);
  await world.wait(10_000, 2_500);
  const endsAt = performance.now();
  const heapAfter = heapUsed();
  const openedInTime = gauge.breakerChanges;
  silence.end(redis, proxy);
  const spokeAt = performance.now();
  const recoveredMs = await gauge.redisHitAfter(spokeAt);
  await world.wait(3_000, 1_000);
  const afterwards = traffic.load.between(spokeAt, performance.now());
  await traffic.stop();
  await gauge.stop();
  const audit = await traffic.audit(await world.another(redis));

  return {
    traffic,
    recoveredMs,
    bars: [
      ...latencyBars(traffic, silentAt, endsAt),
      atMost('commands in flight', gauge.maxCommandsInFlight, MAX_IN_FLIGHT),
      atLeast('changes of the breaker while silent', openedInTime, 1),
      atMost('back after, at all', recoveredMs, 20_000),
      atLeast('written rows found in Redis afterwards', audit.found, 10),
      atMost('of them older than their last evict', audit.stale, 0),
      ...memoryBars(heapBefore, heapAfter),
    ],
    details: {
      invalidated: traffic.invalidated,
      breakerChanges: gauge.breakerChanges,
      p99AfterwardsMs: afterwards.p99Ms,
      maxAfterwardsMs: afterwards.maxMs,
    },
  };
}

function latencyBars({ load }: Traffic, from: number, to: number): Bar[] {
  return [
    below('p99 in the first second', load.between(from, from + FIRST_MS).p99Ms, 70, 'time'),
    below('p99 then', load.between(from + FIRST_MS, to).p99Ms, 20, 'time'),
  ];
}

/** Without a right to collect nothing can be said. */
function memoryBars(before: number | null, after: number | null): Bar[] {
  const grown = before === null || after === null ? null : (after - before) / MEGABYTE;
  return [below('memory growth, MB', grown, 20, 'memory')];
}
