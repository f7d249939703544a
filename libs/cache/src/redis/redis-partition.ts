import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type { Channel } from '../contracts/channel.js';
import type { Clock } from '../contracts/clock.js';
import type { DerivedStore } from '../contracts/derived-store.js';
import type { Maintenance } from '../contracts/maintenance.js';
import type { Resume, Store } from '../contracts/store.js';
import type { WriteLog } from '../contracts/write-log.js';
import { ClusterChannel } from './cluster-channel.js';
import { ClusterMasters } from './cluster-masters.js';
import { ClusterNames } from './cluster-names.js';
import { ClusterServers } from './cluster-servers.js';
import type { RedisTarget } from './connection.js';
import { createConnection } from './connection.js';
import type { Naming } from './key-names.js';
import { KeyNames } from './key-names.js';
import type { LinkEvents } from './link-parts.js';
import { PassingServer } from './passing-server.js';
import { describeFailure } from './refusals.js';
import { RedisChannel } from './redis-channel.js';
import { RedisDerivedStore } from './redis-derived-store.js';
import { RedisMaintenance } from './redis-maintenance.js';
import { RedisStore } from './redis-store.js';
import { RedisWriteLog } from './redis-write-log.js';
import { ServerLink } from './server-link.js';
import { OneServer } from './servers.js';
import { SingleSteps } from './single-steps.js';
import { addressOf } from './slot-map.js';
import { tlsOf } from './tls.js';

/** What a partition on Redis is opened with; times in milliseconds. */
export interface PartitionParts {
  readonly clock: Clock;
  readonly naming: Naming;
  /** Commands without an answer, above which a server counts as not available. */
  readonly maxInFlight: number;
  readonly readTimeoutMs: number;
  /** What is longer is no entry of ours. */
  readonly maxEntryBytes: number;
  /** How often the owners of a Cluster's slots are asked for, at least. */
  readonly topologyEveryMs: number;
  readonly trustPersistence?: boolean;
  readonly resume: Resume;
  readonly events: LinkEvents;
}

/** How a partition's servers are now. */
export interface PartitionStatus {
  /** Whether all servers are connected and greeted. */
  readonly connected: boolean;
  /** `'open'`: at least one server is not asked because it does not answer. */
  readonly breaker: 'open' | 'closed';
  readonly commandsInFlight: number;
  /** What the user may not do, and what that costs. */
  readonly degraded: readonly string[];
}

/** The servers behind one partition: what the engine uses, and what users may use beside it. */
export interface RedisPartition {
  readonly store: Store;
  readonly channel: Channel;
  readonly derived: DerivedStore;
  readonly maintenance: Maintenance;
  readonly log: WriteLog;
  /** For the user's own commands. On one server it is the connection of the store; in a Cluster one that connects when it is used. */
  readonly client: Redis | Cluster;
  status(): PartitionStatus;
  open(): void;
  close(): Promise<void>;
}

/** Makes the connections of a partition, not yet opened. */
export function openPartition(target: RedisTarget, parts: PartitionParts): RedisPartition {
  const { cluster } = target;
  return cluster === undefined ? onOneServer(target, parts) : inCluster(target, cluster, parts);
}

function onOneServer(target: RedisTarget, parts: PartitionParts): RedisPartition {
  const { clock, naming } = parts;
  const names = new KeyNames(naming);
  const link = new ServerLink(createConnection(target), { ...parts, names });
  const server = new PassingServer('', target, clock);
  return {
    store: RedisStore.on(link, { ...parts, names }),
    channel: new RedisChannel(createConnection(target, { protocol: 2 }), link, names, clock),
    derived: new RedisDerivedStore(new OneServer(link), names),
    log: new RedisWriteLog({ servers: new OneServer(link), names, clock }),
    maintenance: new RedisMaintenance({
      naming,
      keysMove: false,
      servers: () => Promise.resolve([server]),
      labelOf: () => '0',
      run: (_, run) => link.script(run),
      doubt: async (tag) => {
        const [channel, message] = names.announcement('tags', [tag]).args;
        await link.send(() => link.redis.publish(channel, message));
      },
    }),
    client: link.redis,
    status: () => statusOf([link]),
    open: () => link.open(),
    close: () => link.close(),
  };
}

function inCluster(
  target: RedisTarget,
  seeds: readonly { host: string; port: number }[],
  parts: PartitionParts,
): RedisPartition {
  const { clock, naming, readTimeoutMs } = parts;
  const names = new ClusterNames(naming);
  const masters = new ClusterMasters({ ...parts, target, names, seeds });
  const servers = new ClusterServers({ masters, names, clock, readTimeoutMs });
  const steps = new SingleSteps(servers, names);
  const together = servers.readTogether;
  const connect = (node: string) => createConnection({ ...target, ...addressOf(node) }, { protocol: 2 });
  const client = clusterClient(target, seeds);
  client.on('error', (error: unknown) => parts.events.onFailure('connection', describeFailure(error)));
  return {
    store: new RedisStore({ ...parts, servers, names, together, steps }),
    channel: new ClusterChannel({ masters, names, clock, connect }),
    derived: new RedisDerivedStore(servers, names),
    log: new RedisWriteLog({ servers, names, clock }),
    maintenance: new RedisMaintenance({
      naming,
      keysMove: true,
      servers: () => masters.passing(),
      labelOf: ({ node }) => masters.labelOf(node) ?? '0',
      run: (name, run) => servers.run(name, run),
      doubt: async (tag) => {
        await servers.run(tag, { script: 'mark', keys: [names.marker('tags', tag)], args: [] });
      },
    }),
    client,
    status: () => statusOf(masters.links()),
    open: () => masters.open(),
    close: async () => {
      client.disconnect();
      await masters.close();
    },
  };
}

/** A connection to a Cluster for the user's own commands. It costs nothing until the first of them. */
function clusterClient(target: RedisTarget, seeds: readonly { host: string; port: number }[]): Cluster {
  const { username, password } = target;
  const tls = tlsOf(target);
  return new Cluster([...seeds], {
    lazyConnect: true,
    // a certificate is for the name of a server, so that the name must stay what it is
    ...(tls === undefined ? {} : { dnsLookup: (name, found) => found(null, name) }),
    redisOptions: {
      enableReadyCheck: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    },
  });
}

function statusOf(links: readonly ServerLink[]): PartitionStatus {
  return {
    connected: links.length > 0 && links.every(({ ready }) => ready),
    breaker: links.some(({ breaker }) => breaker.open) ? 'open' : 'closed',
    commandsInFlight: links.reduce((sum, { inFlight }) => sum + inFlight, 0),
    degraded: [...new Set(links.flatMap(({ degraded }) => degraded))],
  };
}
