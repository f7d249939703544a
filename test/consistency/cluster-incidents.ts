import type { RedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../support/redis-server.js';
import { now } from './clock.js';
import type { Incident, Scene } from './incident.js';

/** What a master acknowledged so long before it died may not have reached its replica. */
const UNREPLICATED_US = 1_000_000;
/** Shorter than what makes the others take a master for dead. */
const HARMLESS_MS = 600;

/** What can happen to a Cluster. */
export function clusterIncidents(cluster: RedisCluster, scene: Scene): readonly Incident[] {
  return [...moves(cluster, scene), ...troubles(cluster, scene), ...failovers(cluster, scene)];
}

/** Slots that are in use move to other masters, at once or with a pause half way. */
function moves(cluster: RedisCluster, scene: Scene): readonly Incident[] {
  return [
    {
      name: 'slots move',
      weight: 3,
      happen: async () => {
        for (let i = 0; i < 3; i++) {
          const { slot, port } = await aMove(cluster, scene);
          await cluster.moveSlot(slot, port);
        }
      },
    },
    {
      name: 'a slot moves slowly',
      weight: 3,
      happen: async () => {
        const { slot, port } = await aMove(cluster, scene);
        await cluster.moveSlot(slot, port, { pauseAfter: 'importing' });
        await scene.aWhile(100, 2_000);
        await cluster.finishMove(slot);
      },
    },
  ];
}

/** What a master suffers and gets over by itself. */
function troubles(cluster: RedisCluster, scene: Scene): readonly Incident[] {
  return [
    {
      name: 'a master freezes for a moment',
      weight: 2,
      happen: async () => {
        const master = await aMaster(cluster, scene);
        master.freeze();
        await scene.aWhile(50, HARMLESS_MS);
        master.thaw();
      },
    },
    {
      name: 'a master is flushed',
      weight: 1,
      happen: async () => {
        const master = await aMaster(cluster, scene);
        scene.lose();
        await master.command('FLUSHALL');
        scene.lose();
      },
    },
    {
      name: 'a master dies and returns with old data',
      weight: 2,
      happen: async () => {
        const master = await aMaster(cluster, scene);
        // always anew: an older snapshot may hold slots that have moved away since, and could then not come back
        await master.command('SAVE');
        await scene.aWhile(0, 1_500);
        const window = openLapse();
        await master.kill();
        scene.lose();
        await master.restart();
        // a replica may have taken over on a busy machine
        if (window.lasted() > HARMLESS_MS) window.close(scene);
        await cluster.ready();
      },
    },
  ];
}

/** A replica takes the place of its master. */
function failovers(cluster: RedisCluster, scene: Scene): readonly Incident[] {
  return [
    {
      name: 'a replica takes over in order',
      weight: 1,
      happen: async () => {
        const from = now();
        await cluster.failover((await aMaster(cluster, scene)).port, 'graceful');
        // whom one master has barred the other may let in
        scene.losses.push(from, now());
      },
    },
    {
      name: 'a master dies and a replica takes over',
      weight: 1,
      happen: async () => {
        const master = await aMaster(cluster, scene);
        const window = openLapse();
        await cluster.failover(master.port, 'kill');
        window.close(scene);
        await master.restart();
        await cluster.ready();
      },
    },
    {
      name: 'a master freezes until a replica takes over',
      weight: 1,
      happen: async () => {
        const master = await aMaster(cluster, scene);
        const window = openLapse();
        master.freeze();
        await scene.aWhile(2_000, 4_000);
        master.thaw();
        await cluster.ready();
        window.close(scene);
      },
    },
  ];
}

/** A time that begins now, in which what was acknowledged may be lost. */
function openLapse() {
  const began = now();
  return {
    /** Milliseconds. */
    lasted: () => (now() - began) / 1_000,
    close: (scene: Scene) => {
      scene.lapses.push({ from: began - UNREPLICATED_US, until: now() });
      scene.lose();
    },
  };
}

async function aMaster(cluster: RedisCluster, { random }: Scene): Promise<RedisServer> {
  const masters = await cluster.masters();
  const one = masters[random.below(masters.length)];
  if (one === undefined) throw new Error('the cluster has no master');
  return cluster.serverAt(one.port);
}

/** A slot of a key that exists, and a master that does not own it. */
async function aMove(cluster: RedisCluster, scene: Scene): Promise<{ slot: number; port: number }> {
  for (;;) {
    const owner = await aMaster(cluster, scene);
    const key = await owner.command('RANDOMKEY');
    if (key === '') continue;
    const others = (await cluster.masters()).filter(({ port }) => port !== owner.port);
    const target = others[scene.random.below(others.length)];
    if (target === undefined) throw new Error('the cluster has one master only');
    return { slot: cluster.slotOf(key), port: target.port };
  }
}
