import { AUTHORITY } from '../support/certificates.js';
import type { RedisServer } from '../support/redis-server.js';
import { atLeast, atMost, none } from './bars.js';
import type { Scenario } from './scenario.js';

const PASSWORD = 'hunter2-hunter2';
const FEW_RIGHTS = ['~*', '&*', '+@all', '-@dangerous', '-@admin'];

export const fewRights: Scenario = {
  name: 'few-rights',
  about: 'the Redis user has no dangerous and no administrative rights, and the connection breaks',
  run: async (world) => {
    const server = await world.redis();
    await allow(server, 'app', FEW_RIGHTS);
    const redis = { host: '127.0.0.1', port: server.port, username: 'app', password: PASSWORD };
    const subject = await world.subject({ redis });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50 });
    const gauge = world.gauge(subject);
    await server.command('CLIENT', 'KILL', 'USER', 'app');
    const recoveredMs = await gauge.redisHitAfter(performance.now());
    await world.wait(3_000, 500);
    const { redis: seen, channel } = await subject.stats();
    await traffic.stop();
    return {
      traffic,
      recoveredMs,
      bars: [
        atMost('back after, at all', recoveredMs, 20_000),
        atMost('back after, ms', recoveredMs, 2_000, 'time'),
        none('commands that were forbidden', seen.commandFailures.NOPERM ?? 0),
        atLeast('things said to be degraded', seen.degraded.length, 1),
        atMost('things said to be degraded, at most', seen.degraded.length, 1),
        none('channels that are silent', channel.open ? 0 : 1),
      ],
      details: { degraded: seen.degraded, invalidated: traffic.invalidated },
    };
  },
};

export const credentials: Scenario = {
  name: 'credentials',
  about: 'Redis speaks TLS only and wants another password, until somebody corrects it',
  run: async (world) => {
    const server = await world.server({ tls: 'without client certificates' });
    await allow(server, 'app', ['~*', '&*', '+@all'], 'another');
    const redis = {
      ...{ host: '127.0.0.1', port: server.tlsPort, tls: { ca: AUTHORITY } },
      ...{ username: 'app', password: PASSWORD },
    };
    const subject = await world.subject({ redis });
    const traffic = world.traffic(subject, { writesPerSecond: 20 });
    const gauge = world.gauge(subject);
    await world.wait(5_000, 1_500);
    const early = await subject.stats();
    await allow(server, 'app', []);
    const recoveredMs = await gauge.redisHitAfter(performance.now());
    await world.wait(1_000, 300);
    await traffic.stop();
    return {
      traffic,
      recoveredMs,
      bars: [
        none('hits in Redis before', early.values.redisHits),
        atLeast('refusals counted', early.redis.connectionFailures.WRONGPASS ?? 0, 3),
        none('other failures', Object.keys(early.redis.connectionFailures).length - 1),
        none('secrets in the statistics', JSON.stringify(early).includes(PASSWORD) ? 1 : 0),
        atMost('back after, at all', recoveredMs, 20_000),
        atMost('back after, ms', recoveredMs, 3_000, 'time'),
      ],
    };
  },
};

/** Gives a user rights, and one more password. */
async function allow(
  server: RedisServer,
  user: string,
  rights: string[],
  password = PASSWORD,
): Promise<void> {
  await server.command('ACL', 'SETUSER', user, 'on', `>${password}`, ...rights);
}
