import { atLeast, atMost, none } from './bars.js';
import type { Scenario } from './scenario.js';

export const readonly: Scenario = {
  name: 'readonly',
  about: 'Redis becomes a replica of another server under load (READONLY), and a master again',
  run: async (world) => {
    const [redis, other] = [await world.redis(), await world.redis()];
    const subject = await world.subject({ redis: { url: redis.url } });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50 });
    const gauge = world.gauge(subject);

    await redis.command('REPLICAOF', '127.0.0.1', String(other.port));
    await world.wait(3_000, 1_500);
    const refusals = (await subject.stats()).redis.commandFailures;
    await redis.command('REPLICAOF', 'NO', 'ONE');
    const recoveredMs = await gauge.redisHitAfter(performance.now());
    await world.wait(3_000, 1_000);
    await traffic.stop();
    const audit = await traffic.audit(await world.another(redis));
    return {
      traffic,
      recoveredMs,
      bars: [
        atLeast('commands refused as READONLY', refusals.READONLY ?? 0, 1),
        atMost('back after, at all', recoveredMs, 20_000),
        atMost('back after, ms', recoveredMs, 5_000, 'time'),
        none('rows in Redis older than their last evict', audit.stale),
      ],
      details: {
        invalidated: traffic.invalidated,
        commandFailures: refusals,
        breakerChanges: gauge.breakerChanges,
        audited: audit.found,
      },
    };
  },
};
