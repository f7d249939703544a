import { RedisCluster } from '../support/redis-cluster.js';
import { clusterIncidents } from './cluster-incidents.js';
import type { Backend, Incident, Scene } from './incident.js';
import type { Post } from './scenario.js';

/** A Redis Cluster of three masters, each with a replica if one is to take over. */
export class ClusterServers implements Backend {
  private constructor(private readonly cluster: RedisCluster) {}

  static async start(withReplicas: boolean): Promise<ClusterServers> {
    return new ClusterServers(await RedisCluster.start({ replicasEach: withReplicas ? 1 : 0 }));
  }

  redisOf(): Post['redis'] {
    return { cluster: this.cluster.nodes };
  }

  incidents(scene: Scene): readonly Incident[] {
    return clusterIncidents(this.cluster, scene);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
  }
}
