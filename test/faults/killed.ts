import { atMost } from './bars.js';
import type { Scenario } from './scenario.js';
import { LOADER_MS } from './table.js';

/** Within this time everybody has noticed; the breaker takes 400 ms. */
const DETECTED_MS = 1_000;

export const killed: Scenario = {
  name: 'killed',
  about: 'Redis is killed under load, and started again empty',
  run: async (world) => {
    const redis = await world.redis();
    const subject = await world.subject({ redis: { url: redis.url } });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 20 });
    const gauge = world.gauge(subject);

    const killedAt = performance.now();
    await redis.kill();
    await world.wait(6_000, 1_500);
    const restartedAt = performance.now();
    await redis.restart();
    const answersAt = performance.now();
    const recoveredMs = await gauge.redisHitAfter(answersAt);
    await world.wait(2_000, 200);
    await traffic.stop();

    const detecting = traffic.load.between(killedAt, killedAt + DETECTED_MS);
    const open = traffic.load.between(killedAt + DETECTED_MS, restartedAt);
    return {
      traffic,
      recoveredMs,
      bars: [
        atMost('p99 while detecting', detecting.p99Ms, LOADER_MS + 60, 'time'),
        atMost('p99 once open', open.p99Ms, LOADER_MS + 5, 'time'),
        atMost('back after', recoveredMs, 20_000),
        atMost('back after, ms', recoveredMs, 3_000, 'time'),
      ],
      details: { invalidated: traffic.invalidated, breakerChanges: gauge.breakerChanges },
    };
  },
};
