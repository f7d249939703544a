import { atLeast, atMost, below, none } from './bars.js';
import type { Scenario } from './scenario.js';
import type { Traffic } from './traffic.js';

export const paused: Scenario = {
  name: 'paused-writes',
  about: 'Redis keeps every write waiting for five seconds (CLIENT PAUSE WRITE)',
  run: async (world) => {
    const redis = await world.redis();
    const subject = await world.subject({ redis: { url: redis.url } });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50 });
    const gauge = world.gauge(subject);

    const ms = world.time(5_000, 2_000);
    const pausedAt = performance.now();
    const before = { ...traffic.invalidated };
    await redis.command('CLIENT', 'PAUSE', String(ms), 'WRITE');
    await world.wait(5_000, 2_000);
    const during = traffic.load.between(pausedAt, performance.now());
    const recoveredMs = await gauge.redisHitAfter(performance.now());
    await world.wait(3_000, 500);
    await traffic.stop();
    await gauge.stop();
    const audit = await traffic.audit(await world.another(redis));

    return {
      traffic,
      recoveredMs,
      bars: [
        atLeast('reads answered while writes wait', during.requests, (ms / 1_000) * 400),
        atMost('p99 while writes wait', during.p99Ms, 70, 'time'),
        none('invalidations that said nothing', unsaid(traffic)),
        atLeast('invalidations queued', traffic.invalidated.queued - before.queued, 10),
        none('invalidations that failed', traffic.invalidated.failed),
        atMost('back after, at all', recoveredMs, 20_000),
        none('rows in Redis older than their last evict', audit.stale),
      ],
      details: {
        invalidated: traffic.invalidated,
        breakerChanges: gauge.breakerChanges,
        maxCommandsInFlight: gauge.maxCommandsInFlight,
        audited: audit.found,
      },
    };
  },
};

export const drowsy: Scenario = {
  name: 'drowsy',
  about: 'Redis does nothing for 200 ms in every second (DEBUG SLEEP)',
  run: async (world) => {
    const redis = await world.redis('--enable-debug-command', 'yes');
    const subject = await world.subject({ redis: { url: redis.url } });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 20 });
    const gauge = world.gauge(subject);
    const naps = world.time(10, 3);
    for (let nap = 0; nap < naps; nap++) {
      const next = performance.now() + 1_000;
      await redis.command('DEBUG', 'SLEEP', '0.2');
      await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
    }
    const hits = (await subject.stats()).values.redisHits;
    await traffic.stop();
    await gauge.stop();
    return {
      traffic,
      bars: [
        below('changes of the breaker', gauge.breakerChanges, 2),
        atLeast('hits in Redis', hits, naps * 50),
      ],
      details: { invalidated: traffic.invalidated },
    };
  },
};

/** Every invalidation that was begun must have come to an outcome. */
function unsaid(traffic: Traffic): number {
  const said = Object.values(traffic.invalidated).reduce((sum, count) => sum + count, 0);
  return traffic.begun - said;
}
