import { defineRegions, region } from 'nuthatch';
import type { RedisCluster } from '../support/redis-cluster.js';
import { atLeast, atMost, none } from './bars.js';
import type { Scenario } from './scenario.js';
import type { Row } from './table.js';

const KEYS = 300;

/** Rows without tags of their own: what they depend on is their key's master, and that of their region's tag. */
const plain = defineRegions('plain', {
  rows: region<[id: string], Row>({ ttl: '1m', memory: false }),
});

export const masterKilled: Scenario = {
  name: 'master-killed',
  about: 'one of the three masters of a Cluster is killed under load',
  run: async (world) => {
    const cluster = await world.cluster();
    const subject = await world.subject({ redis: { cluster: cluster.nodes } });
    let watch: (id: string, loaded: boolean) => unknown = () => undefined;
    const traffic = await world.warmTraffic(subject, {
      ...{ keys: KEYS, skew: 0, region: plain.rows },
      watch: (id, loaded) => watch(id, loaded),
    });
    while ((await rowsOf(cluster)).size < KEYS) await world.wait(100, 100);

    const masters = await rowsOf(cluster);
    const victim = await bystander(cluster);
    const others = (id: string) => masters.get(id) !== victim;
    const healthy = new Hits();
    watch = (id, loaded) => others(id) && healthy.count(loaded);
    await world.wait(3_000, 1_000);

    await cluster.serverAt(victim).kill();
    // what is under way to it when it dies is neither a hit nor a bypass
    await world.wait(1_000, 300);
    const [elsewhere, there] = [new Hits(), new Hits()];
    watch = (id, loaded) => (others(id) ? elsewhere : there).count(loaded);
    await world.wait(5_000, 1_500);
    watch = () => undefined;
    await traffic.stop();
    return {
      traffic,
      bars: [
        atLeast('requests for keys of the others', elsewhere.requests, 100),
        atMost('points of hit rate lost by the others', healthy.rate - elsewhere.rate, 1),
        atLeast('requests for keys of the dead one', there.requests, 50),
        // some of them share a load with another
        atMost('hit rate among them', there.rate, 5),
      ],
      details: { before: healthy.rate, others: elsewhere.rate },
    };
  },
};

export const slotsMoved: Scenario = {
  name: 'slots-moved',
  about: 'slots move from master to master under load',
  run: async (world) => {
    const cluster = await world.cluster();
    const subject = await world.subject({ redis: { cluster: cluster.nodes } });
    const traffic = await world.warmTraffic(subject, { writesPerSecond: 50 });
    const wanted = world.time(1_000, 25);
    const [from, to] = await cluster.masters();
    const first = from?.slots[0]?.from ?? 0;
    for (let i = 0; i < wanted; i++) await cluster.moveSlot(first + i, to?.port ?? 0);
    const { values } = await subject.stats();
    await world.wait(2_000, 500);
    const after = (await subject.stats()).values;
    await traffic.stop();
    const another = await world.subject({ redis: { cluster: cluster.nodes } });
    while (!(await another.stats()).redis.connected) await world.wait(50, 50);
    const audit = await traffic.audit(another);
    return {
      traffic,
      bars: [
        none('invalidations that failed', traffic.invalidated.failed),
        none('rows in Redis older than their last evict', audit.stale),
        atLeast('rows that were written and are in Redis', audit.found, 1),
        atLeast('hits in Redis afterwards', after.redisHits - values.redisHits, 10),
      ],
      details: { moved: wanted, invalidated: traffic.invalidated, audited: audit.found },
    };
  },
};

/** Requests of some keys, and how many of them were loaded. */
class Hits {
  requests = 0;
  loads = 0;

  /** In per cent. */
  get rate(): number {
    return this.requests === 0 ? 0 : 100 * (1 - this.loads / this.requests);
  }

  count(loaded: boolean): void {
    this.requests++;
    if (loaded) this.loads++;
  }
}

/** The rows that are in Redis, each with the port of its master. */
async function rowsOf(cluster: RedisCluster): Promise<Map<string, number>> {
  const masters = new Map<string, number>();
  for (const { port } of await cluster.masters())
    for (const key of (await cluster.command(port, 'KEYS', '*:v:*')).split('\n'))
      masters.set(/:(\d+)\}$/.exec(key)?.[1] ?? '', port);
  masters.delete('');
  return masters;
}

/** A master on which nothing depends but its own keys: it does not have the tag of the region. */
async function bystander(cluster: RedisCluster): Promise<number> {
  for (const { port } of await cluster.masters())
    if ((await cluster.command(port, 'KEYS', '*:t:*@plain.rows')) === '') return port;
  throw new Error('every master has the tag of the region');
}
