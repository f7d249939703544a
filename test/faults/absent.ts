import { freePort } from '../support/free-port.js';
import { RedisServer } from '../support/redis-server.js';
import { atLeast, atMost, below, none } from './bars.js';
import type { Scenario } from './scenario.js';
import { startSubject } from './subject.js';

const BOOTS = 3;

export const absent: Scenario = {
  name: 'absent',
  about: 'Redis is not there at boot, and started five seconds later',
  run: async (world) => {
    const port = await freePort();
    const redis = { host: '127.0.0.1', port };
    const without = await medianBootMs({});
    const delayMs = (await medianBootMs({ redis })) - without;
    const subject = await world.subject({ redis });
    const traffic = world.traffic(subject, { writesPerSecond: 20 });
    const gauge = world.gauge(subject);
    await world.wait(5_000, 1_000);
    const early = await subject.stats();

    const server = await RedisServer.start({ port });
    world.ends(() => server.stop());
    const recoveredMs = await gauge.redisHitAfter(performance.now());
    await world.wait(1_000, 200);
    await traffic.stop();
    return {
      traffic,
      recoveredMs,
      bars: [
        below('delay of the boot', delayMs, 100, 'time'),
        none('hits in Redis before it is there', early.values.redisHits),
        atLeast('requests answered before', early.values.requests, world.time(2_000, 300)),
        atMost('back after, at all', recoveredMs, 20_000),
        atMost('back after, ms', recoveredMs, 6_000, 'time'),
      ],
      details: { invalidated: traffic.invalidated, bootWithoutRedisMs: without },
    };
  },
};

/** The middle one of some boots: the first pays for compiling. */
async function medianBootMs(options: Parameters<typeof startSubject>[0]): Promise<number> {
  const times: number[] = [];
  for (let boot = 0; boot < BOOTS; boot++) {
    const subject = await startSubject(options);
    times.push(subject.bootMs);
    await subject.close();
  }
  return times.sort((a, b) => a - b)[Math.floor(BOOTS / 2)] ?? NaN;
}
