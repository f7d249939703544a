import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../support/redis-server.js';
import { atLeast, none } from './bars.js';
import type { Scenario } from './scenario.js';
import { faults, groupOf } from './subject.js';
import type { Subject } from './subject.js';

/** An evict, an invalidation of a tag, a clear and a put, as long as Redis is full. */
const ROUNDS = 20;
/** Whether Redis confirms is asked here, not how fast: a busy machine must not look like a refusal. */
const PATIENCE = '1s';

export const outOfMemory: Scenario = {
  name: 'out-of-memory',
  about: 'Redis is full and may not evict (maxmemory, noeviction)',
  run: async (world) => {
    const redis = await world.redis('--maxmemory-policy', 'noeviction');
    const subject = await world.subject({ redis: { url: redis.url }, redisBudget: PATIENCE });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50 });
    const before = { ...traffic.invalidated };

    // less than it holds now, and than it will hold after anything that is deleted
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const { unconfirmed, unbegun } = await invalidateAll(subject, redis);
    await world.wait(3_000, 500);
    const refused = (await subject.stats()).redis.commandFailures.OOM ?? 0;
    await traffic.stop();
    return {
      traffic,
      bars: [
        atLeast('commands refused as OOM', refused, 10),
        none('evicts, invalidations, clears and puts not confirmed', unconfirmed),
        none('puts that Redis did not see beginning', unbegun),
        none('invalidations under load not confirmed', traffic.invalidated.queued - before.queued),
        none('invalidations under load that failed', traffic.invalidated.failed),
      ],
      details: { invalidated: traffic.invalidated },
    };
  },
};

export const evicting: Scenario = {
  name: 'evicting',
  about: 'Redis is full and evicts what was used least lately (maxmemory, allkeys-lru)',
  run: async (world) => {
    const redis = await world.redis('--maxmemory', '6mb', '--maxmemory-policy', 'allkeys-lru');
    const subject = await world.subject({ redis: { url: redis.url }, redisBudget: PATIENCE });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50, rowBytes: 1_000 });
    const wanted = world.time(10_000, 1_000);
    const from = await evicted(redis);
    for (let round = 0; (await evicted(redis)) - from < wanted; round++) {
      await redis.command('EVAL', JUNK, '0', String(round));
      await sleep(100);
    }
    const hits = (await subject.stats()).values.redisHits;
    await world.wait(2_000, 200);
    const after = (await subject.stats()).values.redisHits;
    await traffic.stop();
    const audit = await traffic.audit(await world.another(redis));
    return {
      traffic,
      bars: [
        atLeast('keys that Redis evicted', (await evicted(redis)) - from, wanted),
        atLeast('hits in Redis all the same', after - hits, 1),
        none('invalidations not confirmed', traffic.invalidated.queued + traffic.invalidated.failed),
        none('rows in Redis older than their last evict', audit.stale),
      ],
      details: { invalidated: traffic.invalidated, audited: audit.found },
    };
  },
};

/** 200 keys of a kilobyte each: they push out what the cache has there, its nonces and its epoch as well. */
const JUNK = `for i = 1, 200 do redis.call('SET', 'junk:' .. ARGV[1] .. ':' .. i, string.rep('x', 1000)) end`;

async function evicted(redis: RedisServer): Promise<number> {
  const info = await redis.command('INFO', 'stats');
  return Number(/evicted_keys:(\d+)/.exec(info)?.[1]);
}

/** Whatever removes entries, a few times: how often it was not confirmed, and how often Redis did not see a put begin. */
async function invalidateAll({ cache, writers }: Subject, redis: RedisServer) {
  let [unconfirmed, unbegun] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const id = String(-round);
    const row = { id, version: 1, text: '' };
    const outcomes = [
      await cache.evict(faults.rows, [[id]]),
      await cache.invalidateTags(groupOf(id)),
      await cache.clear(faults.rows),
      await cache.set(faults.rows, [id], row),
    ];
    unconfirmed += outcomes.filter((outcome) => outcome !== 'confirmed').length;
    await writers.put(id, async () => {
      if ((await redis.command('KEYS', `nuthatch:w:*:s${id.length}:${id}}`)) === '') unbegun++;
      return row;
    });
  }
  return { unconfirmed, unbegun };
}
